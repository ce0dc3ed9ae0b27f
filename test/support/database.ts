import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Scope } from './cleanup.ts';

export interface TemporaryDatabase {
  readonly dir: string;
  readonly file: string;
  /** As `--database` takes it. */
  readonly url: string;
}

/** A place for a database that is gone after the test. */
export async function temporaryDatabase(scope: Scope): Promise<TemporaryDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-test-'));
  atEnd(scope, () => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'board.db');

  return { dir, file, url: `sqlite:${file}` };
}

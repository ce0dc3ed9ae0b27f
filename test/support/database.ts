import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Scope } from './cleanup.ts';
import { databaseServer } from './database-servers.ts';

export interface TemporaryDatabase {
  readonly dir: string;
  /** The path of an embedded one. */
  readonly file: string;
  /** As `--database` takes it. */
  readonly url: string;
}

/**
 * A database that is gone after the test: embedded, or on a server, so that the tests of what a board does can be run
 * against each.
 *
 * @param server - its URL. Default: what `MSGBOARD_TEST_DATABASE` says; without that, embedded.
 */
export async function temporaryDatabase(
  scope: Scope,
  server = process.env['MSGBOARD_TEST_DATABASE'],
): Promise<TemporaryDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-test-'));
  atEnd(scope, () => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'board.db');
  if (server === undefined) return { dir, file, url: `sqlite:${file}` };

  const { run, drop } = databaseServer(server);
  const database = `msgboard_${randomUUID().replaceAll('-', '')}`;
  await run(`create database ${database}`);
  atEnd(scope, () => run(drop(database)));
  return { dir, file, url: `${server}/${database}` };
}

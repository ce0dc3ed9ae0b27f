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
 * A database that is gone after the test: embedded, or on the server that `MSGBOARD_TEST_DATABASE` names, so that the
 * tests of what a board does can be run against each.
 */
export async function temporaryDatabase(scope: Scope): Promise<TemporaryDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-test-'));
  atEnd(scope, () => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'board.db');

  const server = process.env['MSGBOARD_TEST_DATABASE'];
  if (server === undefined) return { dir, file, url: `sqlite:${file}` };
  return { dir, file, url: await serverDatabase(scope, server) };
}

/** A database on a server, dropped after the test. */
export async function serverDatabase(scope: Scope, name: string): Promise<string> {
  const server = databaseServer(name);
  const database = `msgboard_${randomUUID().replaceAll('-', '')}`;
  await server.run(`create database ${database}`);
  atEnd(scope, () => server.run(server.drop(database)));
  return `${server.url}/${database}`;
}

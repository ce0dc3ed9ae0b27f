import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dialect } from 'kysely';
import type { Database } from '../../src/board/database-url.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { databaseServer } from './database-servers.ts';
import { BY_DIALECT, plainPostgres } from './dialects.ts';
import { interpreted } from './interpreter.ts';

export interface TemporaryDatabase {
  readonly dir: string;
  /** The path of an embedded one. */
  readonly file: string;
  /** As `--database` takes it. */
  readonly url: string;
  /** As `openBoard` takes it, once. */
  readonly at: Database;
}

/**
 * A database that is gone after the test: embedded, or on a server, so that the tests of what a board does can be run
 * against each.
 *
 * @param server - its URL, `kysely+postgres://…` for PostgreSQL by Kysely's own dialect, `mssql+postgres://…` or `oracle+postgres://…` for that in others' words, or one of `BY_DIALECT`. Default: what `MSGBOARD_TEST_DATABASE` says; without that, embedded.
 */
export async function temporaryDatabase(
  scope: Scope,
  server = process.env['MSGBOARD_TEST_DATABASE'],
): Promise<TemporaryDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-test-'));
  atEnd(scope, () => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'board.db');
  if (server === undefined) return atUrl(dir, file, `sqlite:${file}`);

  const byDialect = BY_DIALECT[server]?.(scope);
  if (byDialect) return reachedBy(byDialect, dir, file, server);

  const [, manner, host = ''] = /^(?:(\w+)\+)?(.*)$/.exec(server) ?? [];
  const { run, drop } = databaseServer(host);
  const database = `msgboard_${randomUUID().replaceAll('-', '')}`;
  await run(`create database ${database}`);
  atEnd(scope, () => run(drop(database)));
  const url = `${host}/${database}`;
  if (manner === undefined) return atUrl(dir, file, url);
  return reachedBy(manner === 'kysely' ? plainPostgres(url) : interpreted(manner, url), dir, file, url);
}

function atUrl(dir: string, file: string, url: string): TemporaryDatabase {
  return { dir, file, url, at: url };
}

function reachedBy(dialect: () => Dialect, dir: string, file: string, url: string): TemporaryDatabase {
  return {
    dir,
    file,
    url,
    get at() {
      return { dialect: dialect() };
    },
  };
}

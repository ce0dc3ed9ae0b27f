import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type Dialect, PGliteDialect, PostgresDialect } from 'kysely';
import pg from 'pg';
import { atEnd, type Scope } from './cleanup.ts';
import { DATABASES } from './settings.ts';

/** Databases that are reached by a dialect of Kysely's, each by a name that `MSGBOARD_TEST_DATABASE` may be. */
export const BY_DIALECT: Readonly<Record<string, (scope: Scope) => () => Dialect>> = {
  pglite: byPglite,
  libsql: byLibsql,
};

/** Seconds to start, so whoever is done leaves theirs to the next. */
const swept: PGlite[] = [];

/** One for all who open it in this process: nobody else could. */
function byPglite(scope: Scope): () => Dialect {
  const database = swept.pop() ?? new PGlite();
  atEnd(scope, async () => {
    await database.exec('drop schema public cascade; create schema public');
    swept.push(database);
  });
  return () => new PGliteDialect({ pglite: withoutClose(database) });
}

function withoutClose(database: PGlite): ConstructorParameters<typeof PGliteDialect>[0]['pglite'] {
  return {
    query: (text, values, options) => database.query(text, values, options),
    transaction: (body) => database.transaction(body),
    closed: false,
    get ready() {
      return database.ready;
    },
    get waitReady() {
      return database.waitReady;
    },
    close: async () => {},
  };
}

/** In a directory of its own, as its client leaves it to the garbage collector to close files. */
function byLibsql(scope: Scope): () => Dialect {
  const { LibsqlDialect } = createRequire(DATABASES)('@libsql/kysely-libsql') as LibsqlPackage;
  const dir = mkdtempSync(join(tmpdir(), 'msgboard-libsql-'));
  atEnd(scope, () => rmSync(dir, { recursive: true }));
  return () => new LibsqlDialect({ url: `file:${join(dir, 'board.db')}` });
}

/** Where libSQL is, if it is. */
export const LIBSQL = join(DATABASES, 'node_modules/@libsql/kysely-libsql');

interface LibsqlPackage {
  readonly LibsqlDialect: new (config: { readonly url: string }) => Dialect;
}

/** PostgreSQL as Kysely leads to it, with whatever `pg` makes of numbers. */
export function plainPostgres(url: string): () => Dialect {
  return () => {
    const pool = new pg.Pool({ connectionString: url });
    // A connection that breaks ends a process that does not listen, whether somebody uses it or not.
    pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
    return new PostgresDialect({ pool });
  };
}

import { existsSync } from 'node:fs';
import type { Dialect as KyselyDialect } from 'kysely';
import { type BoardError, badInput } from '../model/errors.ts';
import type { Dialect } from '../store/dialects/dialect.ts';
import { mssql } from '../store/dialects/mssql.ts';
import { mysql } from '../store/dialects/mysql.ts';
import { oracle } from '../store/dialects/oracle.ts';
import { other } from '../store/dialects/other.ts';
import { postgres } from '../store/dialects/postgres.ts';
import { sqlite } from '../store/dialects/sqlite.ts';

/** Where a board is stored: a URL, or a dialect of Kysely's that leads to whatever database. */
export type Database = string | DatabaseByDialect;

export interface DatabaseByDialect {
  /** The board has it for itself, and closes what it leads to. */
  readonly dialect: KyselyDialect;
}

/**
 * The database that is meant.
 *
 * @param database - a dialect, or `sqlite:FILE` (a path, relative or from the root), `sqlite::memory:`, `postgres://…`, `mysql://…`,
 *   `mariadb://…`, `mssql://…` or `oracle://…`.
 * @throws BoardError `bad-input`, also where the database's driver is not installed.
 */
export async function databaseOf(database: Database): Promise<Dialect> {
  if (typeof database !== 'string') {
    // Of a program without types it may be anything.
    if (!database?.dialect) throw noDatabase();
    return other(database.dialect);
  }

  const url = database;
  const location = locationOf(url);
  if (location !== undefined) return sqlite(location);

  return serverOf(url)(url);
}

/** By what a server is reached: the protocols of its URLs. */
const SERVERS: Readonly<Record<string, (url: string) => Promise<Dialect>>> = {
  'postgres:': postgres,
  'postgresql:': postgres,
  'mysql:': mysql,
  'mariadb:': mysql,
  'mssql:': mssql,
  'oracle:': oracle,
};

/** @throws BoardError `bad-input` if a URL names none that is known. */
function serverOf(url: string): (url: string) => Promise<Dialect> {
  const server = URL.canParse(url) ? SERVERS[new URL(url).protocol] : undefined;
  if (!server) throw noDatabase();
  return server;
}

/** Does not repeat the URL, which may have a password in it. */
function noDatabase(): BoardError {
  return badInput(
    'database',
    'names no database. Use sqlite:FILE, sqlite::memory:, or postgres://, mysql://, mariadb://, mssql:// or oracle:// with USER:PASSWORD@HOST:PORT/DATABASE',
  );
}

/**
 * The file that holds the database; `null`: there is none to look for.
 *
 * @throws BoardError `bad-input` if the URL names no database.
 */
export function fileOf(url: string): string | null {
  const location = locationOf(url);
  if (location === undefined) serverOf(url);
  return location === undefined || location === ':memory:' ? null : location;
}

/** @throws Error if a file is meant and there is none: to look into it would make one. */
export function checkThere(database: Database): void {
  const file = typeof database === 'string' ? fileOf(database) : null;
  if (file === null || file.startsWith('file:') || existsSync(file)) return;
  throw new Error(`There is no board in ${file}. Name another database, or start one with msgboard serve.`);
}

/** SQLAlchemy's three slashes are understood: sqlite:///board.db is a relative path, sqlite:////data/board.db is not. */
function locationOf(url: string): string | undefined {
  const location = /^sqlite:(?:\/\/\/)?(.+)$/s.exec(url)?.[1];
  if (location !== undefined) checkLocation(location);
  return location;
}

/** What was meant otherwise must not become the name of a file. */
function checkLocation(location: string): void {
  if (location.startsWith(':') && location !== ':memory:')
    throw badInput('database', 'names no file. What is kept in memory is sqlite::memory:, with a colon at its end');
  if (location.includes('?') && !location.startsWith('file:'))
    throw badInput('database', 'names a file of SQLite, which has no options: leave out the ? and what follows');
}

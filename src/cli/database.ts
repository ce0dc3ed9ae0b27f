import { existsSync } from 'node:fs';
import { Option } from 'commander';
import type { Store } from '../keeping/open-store.ts';
import type { Board } from '../model/board.ts';
import { sentenceOf, tell } from './failure.ts';
import { openingFailure } from './opening-failure.ts';

/** Where a board is stored: every command that opens one takes it. */
export function databaseOption(): Option {
  return new Option(
    '-d, --database <url>',
    'where it is stored: sqlite:FILE, sqlite::memory: until it ends, or postgres://, mysql://, mariadb://, mssql:// or oracle://USER:PASSWORD@HOST/DATABASE',
  )
    .env('MSGBOARD_DATABASE')
    .default('sqlite:msgboard.db');
}

/** How processes on one database tell each other of news. */
export function bellOption(): Option {
  return new Option(
    '--bell <how>',
    'how several msgboards on one database tell each other of news: postgres, redis://HOST:PORT, nats://HOST:PORT, or poll: once a second; auto: postgres on PostgreSQL, else poll',
  )
    .env('MSGBOARD_BELL')
    .default('auto');
}

/** Opens the board in a database, which is there already, and closes it whatever happens. */
export async function withBoard<Result>(
  { database, bell }: { readonly database: string; readonly bell?: string },
  body: (board: Board) => Promise<Result>,
): Promise<Result> {
  // Loaded when it is needed: it is most of the program.
  const { openBoard } = await import('../board/open-board.ts');
  await checkFile(database);
  const board = await openBoard(database, {
    create: false,
    ...(bell !== undefined && { bell }),
    onFault: (error) => tell(sentenceOf(error)),
    onWarning: tell,
  }).catch((error: unknown) => {
    throw openingFailure(error, database);
  });
  try {
    return await body(board);
  } finally {
    await board.close();
  }
}

/** The same for the keeper, who reads and writes all that is stored. */
export async function withStoreAt<Result>(
  database: string,
  { create = false, mayBeFilled = false }: { readonly create?: boolean; readonly mayBeFilled?: boolean },
  body: (store: Store) => Promise<Result>,
): Promise<Result> {
  const { withStore } = await import('../keeping/open-store.ts');
  if (!create) await checkFile(database);
  let isOpen = false;
  return withStore(database, { create, mayBeFilled, ...keeperOptions() }, (store) => {
    isOpen = true;
    return body(store);
  }).catch((error: unknown) => {
    throw isOpen ? error : openingFailure(error, database);
  });
}

/** Runs `body` if the file of SQLite is there that a URL names, if it names one. */
export async function withFileAt<Result>(database: string, body: () => Promise<Result>): Promise<Result> {
  await checkFile(database);
  return body().catch((error: unknown) => {
    throw openingFailure(error, database);
  });
}

/** Who hears of what. */
export function keeperOptions() {
  return { onFault: (error: unknown) => tell(sentenceOf(error)), onWarning: tell };
}

/** A slip of the pen must not leave an empty board behind. */
async function checkFile(database: string): Promise<void> {
  const file = await fileAt(database);
  if (file !== null && !existsSync(file))
    throw new Error(`there is no board in ${file}. Name another with --database, or start one with msgboard serve.`);
}

/** The file of SQLite that a URL names; `null`: it names something else. @throws Misuse if it names no database. */
export async function fileAt(database: string): Promise<string | null> {
  const { fileOf } = await import('../board/database-url.ts');
  try {
    return fileOf(database);
  } catch (error) {
    throw openingFailure(error, database);
  }
}

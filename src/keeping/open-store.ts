import { type Database, databaseOf } from '../board/database-url.ts';
import { newEpoch } from '../board/history.ts';
import type { Schema } from '../store/migrate.ts';
import { Store } from '../store/store.ts';

export type { Store } from '../store/store.ts';

interface OpenOptions {
  /** Whether a board is begun where there is none; `false`: that is an Error. */
  readonly create?: boolean;
  /** Whether it is opened although it has only been imported in part. */
  readonly mayBeFilled?: boolean;
  readonly onFault: (error: unknown) => void;
  readonly onWarning: (sentence: string) => void;
}

/** Opens the database of a board, to keep it, and closes it whatever happens. */
export async function withStore<Result>(
  database: Database,
  { create = false, ...options }: OpenOptions,
  body: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await Store.open({
    ...options,
    dialect: await databaseOf(database),
    epoch: create ? newEpoch() : null,
    onCommit: () => {},
    now: Date.now,
  });
  try {
    return await body(store);
  } finally {
    await store.settled();
    await store.close();
  }
}

/** How far a database's schema is, and what would be run to bring it up to date. Nothing is changed. */
export async function schemaAt(database: Database): Promise<Schema & { readonly description: string }> {
  const dialect = await databaseOf(database);
  return { ...(await Store.schema(dialect)), description: dialect.description };
}

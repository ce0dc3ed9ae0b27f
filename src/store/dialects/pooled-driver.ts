import { CompiledQuery, type Driver, type QueryResult } from 'kysely';
import { type Lendable, Pool } from './pool.ts';

/** A connection to a database, by whichever driver. */
export interface PooledConnection extends Lendable {
  /** `false`: the database has rolled back of its own accord. Left out: it never does. */
  readonly isInTransaction?: boolean;
  /** `command`: what the server says that it has done, if it does. */
  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row> & { readonly command?: string }>;
}

export interface PooledDriverOptions {
  readonly open: () => Promise<PooledConnection>;
  /** At most so many connections. */
  readonly most: number;
  /** What a transaction begins with. */
  readonly begin: string;
}

export const COMMIT = CompiledQuery.raw('commit');
export const ROLLBACK = CompiledQuery.raw('rollback');

/** Kysely's way to a database: a pool that drops what is broken, and transactions of one kind. */
export class PooledDriver implements Driver {
  readonly #pool: Pool<PooledConnection>;
  readonly #begin: CompiledQuery;

  constructor({ open, most, begin }: PooledDriverOptions) {
    this.#pool = new Pool(most, open);
    this.#begin = CompiledQuery.raw(begin);
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<PooledConnection> {
    return this.#pool.acquire();
  }

  async releaseConnection(connection: PooledConnection): Promise<void> {
    this.#pool.release(connection);
  }

  async beginTransaction(connection: PooledConnection): Promise<void> {
    await connection.executeQuery(this.#begin);
  }

  async commitTransaction(connection: PooledConnection): Promise<void> {
    const { command } = await connection.executeQuery(COMMIT);
    // PostgreSQL says so, and nothing else, where a statement of the transaction has failed.
    if (command === 'ROLLBACK')
      throw new Error('the database has rolled the transaction back instead of committing it');
  }

  async rollbackTransaction(connection: PooledConnection): Promise<void> {
    // Without its connection, a transaction is rolled back by the server.
    if (connection.isBroken || connection.isInTransaction === false) return;
    await connection.executeQuery(ROLLBACK).catch(() => connection.close());
  }

  destroy(): Promise<void> {
    return this.#pool.close();
  }
}

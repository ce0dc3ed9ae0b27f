import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';

/** Whatever runs statements: the database, or a transaction. */
export interface Runner {
  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>>;
}

/**
 * A transaction whose statements are issued one behind the other, without each being waited for: its round trips, not its
 * statements, are what it costs. Once one has failed, none after it is run.
 */
export class Transaction implements Runner {
  readonly #connection: DatabaseConnection;
  readonly #pipelines: boolean;
  readonly #issued: Promise<unknown>[];

  constructor(connection: DatabaseConnection, pipelines: boolean, begun: Promise<void>) {
    this.#connection = connection;
    this.#pipelines = pipelines;
    this.#issued = [begun];
  }

  async executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#issue(() => this.#connection.executeQuery<Row>(query));
  }

  /** Runs what has no rows to wait for. If it fails, so does the transaction. */
  send(query: CompiledQuery): void {
    void this.#issue(() => this.#connection.executeQuery(query));
  }

  /** Ends it by `commit`. @throws what the first statement that failed was answered. */
  async end(commit: () => Promise<void>): Promise<void> {
    void this.#issue(commit);
    for (const outcome of await Promise.allSettled(this.#issued)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  #issue<Result>(run: () => Promise<Result>): Promise<Result> {
    const outcome = this.#pipelines ? run() : (this.#issued.at(-1) ?? Promise.resolve()).then(run);
    // Whoever issued it may not look; end() does.
    outcome.catch(() => {});
    this.#issued.push(outcome);
    return outcome;
  }
}

/** Runs `body` in a transaction of its own. */
export type Transact = <Result>(body: (transaction: Transaction) => Promise<Result>) => Promise<Result>;

/**
 * @param pipelines - whether a connection takes statements before it has answered those before them, and runs none of a
 *   transaction, COMMIT neither, after one that failed.
 */
export function transactions(driver: Driver, pipelines: boolean): Transact {
  return async (body) => {
    const connection = await driver.acquireConnection();
    try {
      const begun = driver.beginTransaction(connection, {});
      begun.catch(() => {});
      const transaction = new Transaction(connection, pipelines, begun);
      const result = await body(transaction);
      await transaction.end(() => driver.commitTransaction(connection));
      return result;
    } catch (error) {
      await driver.rollbackTransaction(connection);
      throw error;
    } finally {
      await driver.releaseConnection(connection);
    }
  };
}

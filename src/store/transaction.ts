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
  #failure: { readonly reason: unknown } | null = null;

  constructor(connection: DatabaseConnection, pipelines: boolean, begun: Promise<void>) {
    this.#connection = connection;
    this.#pipelines = pipelines;
    this.#issued = [begun];
    this.#heed(begun);
  }

  async executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return this.#issue(() => this.#connection.executeQuery<Row>(query));
  }

  /** Runs what has no rows to wait for. If it fails, so does the transaction. */
  send(query: CompiledQuery): void {
    this.#issue(() => this.#connection.executeQuery(query)).catch(() => {});
  }

  /** Known by now: what is issued from now on, COMMIT too, is not sent. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Ends it by `commit`. @throws what the first statement that failed was answered. */
  async end(commit: () => Promise<void>): Promise<void> {
    this.#issue(commit).catch(() => {});
    for (const outcome of await this.settled()) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  /** All that was issued has been answered. */
  settled(): Promise<PromiseSettledResult<unknown>[]> {
    return Promise.allSettled(this.#issued);
  }

  #issue<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    const outcome = this.#pipelines ? run() : (this.#issued.at(-1) ?? Promise.resolve()).then(run);
    this.#heed(outcome);
    this.#issued.push(outcome);
    return outcome;
  }

  /** Whoever issued it may not look; `end` does. */
  #heed(outcome: Promise<unknown>): void {
    outcome.catch((reason: unknown) => {
      this.#failure ??= { reason };
    });
  }
}

/**
 * Runs `body` in a transaction of its own.
 *
 * @param onIssued - hears that all of it, COMMIT too, is on its way, so that another may be begun behind it. Where connections do
 *   not pipeline it hears nothing.
 */
export type Transact = <Result>(
  body: (transaction: Transaction) => Promise<Result>,
  onIssued?: () => void,
) => Promise<Result>;

/**
 * @param pipelines - whether a connection takes statements before it has answered those before them, runs none of a
 *   transaction, COMMIT neither, after one that failed, and has rolled that back before it begins another.
 */
export function transactions(driver: Driver, pipelines: boolean): Transact {
  return async (body, onIssued = () => {}) => {
    const connection = await driver.acquireConnection();
    const transaction = new Transaction(connection, pipelines, driver.beginTransaction(connection, {}));
    let isLent = true;
    const giveBack = async () => {
      isLent = false;
      await driver.releaseConnection(connection);
    };
    try {
      const result = await body(transaction);
      const isWhole = pipelines && !transaction.hasFailed;
      const ended = transaction.end(() => driver.commitTransaction(connection));
      // Whoever is lent the connection next waits behind.
      await Promise.all([ended, isWhole && giveBack().then(onIssued)]);
      return result;
    } catch (error) {
      // What is still on its way must not reach a connection that somebody else has been lent.
      const failed = (await transaction.settled()).find((outcome) => outcome.status === 'rejected');
      if (isLent) await driver.rollbackTransaction(connection);
      // What comes behind a statement that failed only says that one has.
      throw failed ? failed.reason : error;
    } finally {
      if (isLent) await giveBack();
    }
  };
}

import type { CompiledQuery, DatabaseConnection, Driver, Dialect as KyselyDialect, QueryResult } from 'kysely';
import { BoardError } from '../model/errors.ts';

/**
 * Makes whatever `isOutage` a `BoardError`, so that reads and writes alike are answered with "try again".
 *
 * @returns the driver too, for whoever has transactions of their own on Kysely's connections.
 */
export function withOutages(
  dialect: KyselyDialect,
  isOutage: (error: unknown) => boolean,
): KyselyDialect & { readonly driver: Driver } {
  const told = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      throw isOutage(error) ? outage(error) : error;
    }
  };

  const driver = new TellingDriver(dialect.createDriver(), told);
  return {
    driver,
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

/** Whether an error says that the database could not be asked. */
export function isOutage(error: unknown): error is BoardError {
  return error instanceof BoardError && error.code === 'unavailable';
}

function outage(cause: unknown): BoardError {
  return new BoardError('unavailable', 'The database does not answer as it should. Try again in a moment.', {
    retryAfter: 2,
    cause,
  });
}

type Told = <Result>(work: () => Promise<Result>) => Promise<Result>;

class TellingDriver implements Driver {
  readonly #driver: Driver;
  readonly #told: Told;

  constructor(driver: Driver, told: Told) {
    this.#driver = driver;
    this.#told = told;
  }

  init(): Promise<void> {
    return this.#told(() => this.#driver.init());
  }

  async acquireConnection(): Promise<TellingConnection> {
    return new TellingConnection(await this.#told(() => this.#driver.acquireConnection()), this.#told);
  }

  releaseConnection({ itself }: TellingConnection): Promise<void> {
    return this.#driver.releaseConnection(itself);
  }

  beginTransaction({ itself }: TellingConnection): Promise<void> {
    return this.#told(() => this.#driver.beginTransaction(itself, {}));
  }

  commitTransaction({ itself }: TellingConnection): Promise<void> {
    return this.#told(() => this.#driver.commitTransaction(itself));
  }

  rollbackTransaction({ itself }: TellingConnection): Promise<void> {
    return this.#driver.rollbackTransaction(itself);
  }

  destroy(): Promise<void> {
    return this.#driver.destroy();
  }
}

class TellingConnection implements DatabaseConnection {
  readonly itself: DatabaseConnection;
  readonly #told: Told;

  constructor(itself: DatabaseConnection, told: Told) {
    this.itself = itself;
    this.#told = told;
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.#told(() => this.itself.executeQuery<Row>(query));
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.itself.streamQuery<Row>(query, chunkSize);
  }
}

import type { CompiledQuery, DatabaseConnection, Driver, Dialect as KyselyDialect, QueryResult } from 'kysely';
import { BoardError } from '../model/errors.ts';
import type { Measure } from '../model/measure.ts';
import { PagedConnection } from './dialects/paged-connection.ts';

/**
 * Makes whatever `isOutage` a `BoardError`, so that reads and writes alike are answered with "try again".
 *
 * @param onMeasure - hears of those, and how long each connection was waited for.
 * @returns the driver too, for whoever has transactions of their own on Kysely's connections.
 */
export function withOutages(
  dialect: KyselyDialect,
  isOutage: (error: unknown) => boolean,
  onMeasure: (measure: Measure) => void,
): KyselyDialect & { readonly driver: Driver } {
  const told = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (!isOutage(error)) throw error;
      onMeasure({ kind: 'outage' });
      throw outage(error);
    }
  };

  const driver = new TellingDriver(dialect.createDriver(), told, onMeasure);
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

/** An error as "try again". */
export function outage(cause: unknown): BoardError {
  if (isOutage(cause)) return cause;
  return new BoardError('unavailable', 'The database does not answer as it should. Try again in a moment.', {
    retryAfter: 2,
    cause,
  });
}

type Told = <Result>(work: () => Promise<Result>) => Promise<Result>;

class TellingDriver implements Driver {
  readonly #driver: Driver;
  readonly #told: Told;
  readonly #onMeasure: (measure: Measure) => void;

  constructor(driver: Driver, told: Told, onMeasure: (measure: Measure) => void) {
    this.#driver = driver;
    this.#told = told;
    this.#onMeasure = onMeasure;
  }

  init(): Promise<void> {
    return this.#told(() => this.#driver.init());
  }

  async acquireConnection(): Promise<TellingConnection> {
    const start = performance.now();
    const connection = await this.#told(() => this.#driver.acquireConnection());
    this.#onMeasure({ kind: 'wait', seconds: (performance.now() - start) / 1000 });
    return new TellingConnection(connection, this.#told);
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

class TellingConnection extends PagedConnection {
  readonly itself: DatabaseConnection;
  readonly #told: Told;

  constructor(itself: DatabaseConnection, told: Told) {
    super();
    this.itself = itself;
    this.#told = told;
  }

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.#told(() => this.itself.executeQuery<Row>(query));
  }
}

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  DummyDriver,
  Kysely,
  type Dialect as KyselyDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { BoardError } from '../../model/errors.ts';
import { type Tables, TEXT_COLUMNS } from '../schema.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import type { Language } from './languages/language.ts';
import { MYSQL } from './languages/mysql.ts';
import { POSTGRES } from './languages/postgres.ts';
import { SQLITE } from './languages/sqlite.ts';

/**
 * Whatever Kysely has a dialect for. Nothing is known of its driver but that it runs statements: not what it makes of 64-bit
 * numbers and bytes, nor what its errors look like that are not the database's own.
 *
 * @throws BoardError `bad-input` if it speaks a language that we do not.
 */
export function other(dialect: KyselyDialect, language = languageOf(dialect)): Dialect {
  const shared = new SharedDriver(dialect, language);

  return {
    description: `what ${dialect.constructor.name} leads to`,
    language: { ...language, check: (db) => language.check(db).catch(warningOf) },
    writing: kyselyDialect(dialect, () => new View(shared, language.isolation.writing, () => shared.destroy())),
    reading: kyselyDialect(dialect, () => new View(shared, language.isolation.reading)),
    isRemote: true,
    pipelines: false,

    lookEvery: 1000,
    openWatch: null,
    async commitMark({ reading }) {
      const { seq, epoch } = await reading.selectFrom('clock').select(['seq', 'epoch']).executeTakeFirstOrThrow();
      return `${epoch} ${seq}`;
    },

    erase: null,
    lockSchema: (db, migrate) =>
      (language.rollsBackDdl ? db.transaction() : db.connection()).execute((alone) =>
        language.migrateAlone(alone, migrate),
      ),
  };
}

/** The language that a dialect compiles to, told by how it quotes names and where values come. */
function languageOf(dialect: KyselyDialect): Language {
  const { sql } = new Kysely<Tables>({ dialect: kyselyDialect(dialect, () => new DummyDriver()) })
    .selectFrom('nodes')
    .select('id')
    .where('id', '=', 0)
    .compile();
  const language = LANGUAGES.get(sql.replace(/[^"`$?@]/g, ''));
  if (language) return language;
  throw new BoardError(
    'bad-input',
    `msgboard speaks the SQL of SQLite, PostgreSQL and MySQL, but this dialect says: ${sql}`,
  );
}

const LANGUAGES: ReadonlyMap<string, Language> = new Map([
  ['""""""?', SQLITE],
  ['""""""$', POSTGRES],
  ['``````?', MYSQL],
]);

/** What would be refused on a URL of ours is up to whoever brings their own way to a database. */
function warningOf(error: unknown): readonly string[] {
  if (error instanceof BoardError && error.code === 'unavailable' && error.cause === undefined) return [error.message];
  throw error;
}

function kyselyDialect(inner: KyselyDialect, createDriver: () => Driver): KyselyDialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createDriver,
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
  };
}

/**
 * The one driver that the writer and the readers share, as a dialect may lead to a pool that cannot be closed twice, or to a
 * single connection that they have to take in turns.
 */
class SharedDriver {
  readonly #driver: Driver;
  readonly #language: Language;
  readonly #turns: Turns | null;
  #initialized: Promise<void> | null = null;

  constructor(dialect: KyselyDialect, language: Language) {
    this.#driver = dialect.createDriver();
    this.#language = language;
    this.#turns = dialect.createAdapter().supportsMultipleConnections === false ? new Turns() : null;
  }

  init(): Promise<void> {
    this.#initialized ??= this.#driver.init().catch((error: unknown) => {
      this.#initialized = null;
      throw error;
    });
    return this.#initialized;
  }

  async acquire(): Promise<Borrowed> {
    const endTurn = (await this.#turns?.take()) ?? (() => {});
    try {
      return new Borrowed(await this.#driver.acquireConnection(), this.#language, endTurn);
    } catch (error) {
      endTurn();
      throw new ConnectionLost(error);
    }
  }

  async release({ itself, endTurn }: Borrowed): Promise<void> {
    await this.#driver.releaseConnection(itself);
    endTurn();
  }

  begin(connection: Borrowed, settings: TransactionSettings): Promise<void> {
    return connection.told(this.#driver.beginTransaction(connection.itself, settings));
  }

  commit(connection: Borrowed): Promise<void> {
    return connection.told(this.#driver.commitTransaction(connection.itself));
  }

  async rollback({ itself }: Borrowed): Promise<void> {
    // What cannot be rolled back is so already, or it is on a connection that its pool drops.
    await this.#driver.rollbackTransaction(itself).catch(() => {});
  }

  destroy(): Promise<void> {
    return this.#driver.destroy();
  }
}

/** The shared driver as the writer sees it, or as readers do. */
class View implements Driver {
  readonly #shared: SharedDriver;
  readonly #isolation: TransactionSettings;
  readonly #onDestroy: () => Promise<void>;

  constructor(shared: SharedDriver, isolation: TransactionSettings, onDestroy = async () => {}) {
    this.#shared = shared;
    this.#isolation = isolation;
    this.#onDestroy = onDestroy;
  }

  init(): Promise<void> {
    return this.#shared.init();
  }

  acquireConnection(): Promise<Borrowed> {
    return this.#shared.acquire();
  }

  releaseConnection(connection: Borrowed): Promise<void> {
    return this.#shared.release(connection);
  }

  beginTransaction(connection: Borrowed): Promise<void> {
    return this.#shared.begin(connection, this.#isolation);
  }

  commitTransaction(connection: Borrowed): Promise<void> {
    return this.#shared.commit(connection);
  }

  rollbackTransaction(connection: Borrowed): Promise<void> {
    return this.#shared.rollback(connection);
  }

  destroy(): Promise<void> {
    return this.#onDestroy();
  }
}

/** A connection for as long as somebody has it. */
class Borrowed implements DatabaseConnection {
  readonly itself: DatabaseConnection;
  readonly #language: Language;
  readonly endTurn: () => void;

  constructor(itself: DatabaseConnection, language: Language, endTurn: () => void) {
    this.itself = itself;
    this.#language = language;
    this.endTurn = endTurn;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { takesBytes } = this.#language;
    const parameters = takesBytes ? query.parameters.map(bytesOf) : query.parameters;
    const result = await this.told(this.itself.executeQuery<object>({ ...query, parameters }));
    // What a row holds, the query's author says in its type, as with every driver.
    return { ...result, rows: result.rows.map(plain) as Row[] };
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface; pages are bounded, so nothing is streamed from here.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read by the page, not streamed');
  }

  /** An error that is not the database's own says that there was no answer; nobody knows whether what was asked is done. */
  async told<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } catch (error) {
      throw this.#language.codeOf(error) === null ? new ConnectionLost(error) : error;
    }
  }
}

function bytesOf(value: unknown): unknown {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** A row as we know it, whichever way its driver brings 64-bit numbers, and text that is stored as bytes. */
function plain(row: object): object {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(name, value)]));
}

function plainValue(name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && !TEXT_COLUMNS.has(name) && /^-?\d+$/.test(value) ? Number(value) : value;
}

/** One after the other. */
class Turns {
  #last = Promise.resolve();

  /** Resolves, once it is one's turn, with what ends it. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}

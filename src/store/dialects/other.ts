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
import type { Tables } from '../schema.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import type { Language } from './languages/language.ts';
import { MSSQL } from './languages/mssql.ts';
import { MYSQL } from './languages/mysql.ts';
import { ORACLE } from './languages/oracle.ts';
import { POSTGRES } from './languages/postgres.ts';
import { SQLITE } from './languages/sqlite.ts';
import { ON_SERVER } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { plainRow, storedValues } from './values.ts';

/**
 * Whatever Kysely has a dialect for. Nothing is known of its driver but that it runs statements: not what it makes of 64-bit
 * numbers and bytes, nor what its errors look like that are not the database's own.
 *
 * @throws BoardError `bad-input` if it speaks a language that we do not.
 */
export function other(dialect: KyselyDialect): Dialect {
  const language = languageOf(dialect);
  const shared = new SharedDriver(dialect, language);

  return {
    ...ON_SERVER,
    description: `what ${dialect.constructor.name} leads to`,
    language: { ...language, check: (db) => language.check(db).catch(warningOf) },
    writing: kyselyDialect(dialect, () => new View(shared, language.isolation.writing, () => shared.destroy())),
    reading: kyselyDialect(dialect, () => new View(shared, language.isolation.reading)),
    pipelines: false,
    lockSchema: (db, migrate) => language.migrateAlone(db, migrate),
  };
}

/** The language that a dialect compiles to, told by how it writes names and where values come. */
function languageOf(dialect: KyselyDialect): Language {
  const { sql } = new Kysely<Tables>({ dialect: kyselyDialect(dialect, () => new DummyDriver()) })
    .selectFrom('commits')
    .select('id')
    .where('id', '=', 0)
    .compile();
  const language = LANGUAGES.get(sql);
  if (language) return language;
  throw new BoardError(
    'bad-input',
    `msgboard speaks the SQL of SQLite, PostgreSQL, MySQL and SQL Server, but this dialect says: ${sql}`,
  );
}

const LANGUAGES: ReadonlyMap<string, Language> = new Map([
  ['select "id" from "commits" where "id" = ?', SQLITE],
  ['select "id" from "commits" where "id" = $1', POSTGRES],
  ['select `id` from `commits` where `id` = ?', MYSQL],
  ['select "id" from "commits" where "id" = @1', MSSQL],
  ['select "ID" from "COMMITS" where "ID" = :1', ORACLE],
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
class Borrowed extends PagedConnection {
  readonly itself: DatabaseConnection;
  readonly #language: Language;
  readonly endTurn: () => void;

  constructor(itself: DatabaseConnection, language: Language, endTurn: () => void) {
    super();
    this.itself = itself;
    this.#language = language;
    this.endTurn = endTurn;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const parameters = storedValues(query.parameters, this.#language);
    const result = await this.told(this.itself.executeQuery<object>({ ...query, parameters }));
    // What a row holds, the query's author says in its type, as with every driver.
    return { ...result, rows: result.rows.map((row) => plainRow(row, this.#language)) as Row[] };
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

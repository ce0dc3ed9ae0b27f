import {
  type CompiledQuery,
  Kysely,
  type Dialect as KyselyDialect,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Connection, ConnectionOptions, TypeCastField } from 'mysql2/promise';
import { BoardError } from '../../model/errors.ts';
import type { Tables } from '../schema.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { MYSQL } from './languages/mysql.ts';
import { type PooledConnection, PooledDriver } from './pooled-driver.ts';
import { publicUrl } from './public-url.ts';

/** Pages are read in a millisecond or two, so these serve thousands a second. */
const READERS = 8;

/** How long (ms) a connection may take to come about, a statement to be answered, and a good-bye. */
const CONNECTING = 5000;
const ANSWERING = 15_000;
const PARTING = 1000;

/** What each connection is set to, whatever the server's defaults are: what does not fit is an error, never cut off. */
const MODE = `set session sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`;

/**
 * How long (s) a process that hangs may hold the clock, and others wait for it. MySQL knows of no idle transactions, so
 * there it is any silence that ends the writer's connection; the next write opens another.
 */
const WRITING = [
  MODE,
  'set session transaction isolation level read committed',
  'set session innodb_lock_wait_timeout = 10 /*M! , idle_transaction_timeout = 5 */ /*!80000 , wait_timeout = 5 */',
];
const READING = [MODE, 'set session transaction isolation level repeatable read'];

/** A table, column or index that is there already, or is already gone. */
const DONE = new Set<unknown>([1050, 1051, 1060, 1061, 1091]);

/**
 * MySQL 8, MariaDB 10.6, and newer ones.
 *
 * @param url - `mysql://user:password@host:port/database` or `mariadb://…`, with options of `mysql2` as parameters.
 * @throws BoardError `bad-input` if the package `mysql2` is not installed.
 */
export async function mysql(url: string): Promise<Dialect> {
  const driver = await import('mysql2/promise').catch(() => {
    throw new BoardError(
      'bad-input',
      'MySQL and MariaDB are reached by the package mysql2. Install it: npm install mysql2',
    );
  });
  const options: ConnectionOptions = {
    uri: url.replace(/^mariadb:/, 'mysql:'),
    charset: 'utf8mb4_bin',
    connectTimeout: CONNECTING,
    decimalNumbers: true,
    typeCast,
  };

  const dialect = (kind: Kind): KyselyDialect => ({
    createAdapter: () => new MysqlAdapter(),
    createDriver: () =>
      new PooledDriver({
        most: kind.most,
        begin: kind.begin,
        open: () => MysqlConnection.open(() => driver.createConnection(options), kind),
      }),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  });

  return {
    description: publicUrl(url),
    language: MYSQL,
    writing: dialect({ most: 1, begin: 'start transaction', settings: WRITING, timeout: ANSWERING }),
    reading: dialect({ most: READERS, begin: 'start transaction read only', settings: READING, timeout: ANSWERING }),
    isRemote: true,
    pipelines: false,

    lookEvery: 1000,
    openWatch: null,
    async commitMark({ reading }) {
      const { seq, epoch } = await reading.selectFrom('clock').select(['seq', 'epoch']).executeTakeFirstOrThrow();
      return `${epoch} ${seq}`;
    },

    erase: null,
    async lockSchema(_, migrate) {
      const unhurried = new Kysely<Tables>({
        dialect: dialect({ most: 1, begin: 'start transaction', settings: [MODE], isResumable: true }),
      });
      try {
        await unhurried.connection().execute((db) => MYSQL.migrateAlone(db, migrate));
      } finally {
        await unhurried.destroy();
      }
    },
  };
}

/** What differs between the writer's connections, readers' and those for migrations. */
interface Kind {
  readonly most: number;
  readonly begin: string;
  readonly settings: readonly string[];
  /** How long (ms) a statement may take; left out: as long as it likes. */
  readonly timeout?: number;
  /** No DDL can be rolled back, so one that an interrupted start has already done is passed over. */
  readonly isResumable?: boolean;
}

class MysqlConnection implements PooledConnection {
  readonly #connection: Connection;
  readonly #kind: Kind;
  isBroken = false;

  private constructor(connection: Connection, kind: Kind) {
    this.#connection = connection;
    this.#kind = kind;
    const onEnd = () => {
      this.isBroken = true;
    };
    connection.on('error', onEnd);
    connection.on('end', onEnd);
  }

  static async open(connect: () => Promise<Connection>, kind: Kind): Promise<MysqlConnection> {
    const open = await connect().catch((error: unknown) => {
      throw MYSQL.codeOf(error) === null ? new ConnectionLost(error) : error;
    });
    const connection = new MysqlConnection(open, kind);
    for (const setting of kind.settings) await connection.#run(setting, []);
    return connection;
  }

  async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return await this.#run(text, parameters);
    } catch (error) {
      if (this.#kind.isResumable && DONE.has(MYSQL.codeOf(error))) return { rows: [] };
      throw error;
    }
  }

  async #run<Row>(text: string, parameters: readonly unknown[]): Promise<QueryResult<Row>> {
    try {
      const [result] = await this.#connection.query({
        sql: text,
        values: [...parameters],
        ...(this.#kind.timeout !== undefined && { timeout: this.#kind.timeout }),
      });
      // What a row holds, the query's author says in its type, as with every driver.
      if (Array.isArray(result)) return { rows: result as Row[] };
      return { rows: [], numAffectedRows: BigInt(result.affectedRows) };
    } catch (error) {
      if (MYSQL.codeOf(error) !== null && !this.isBroken) throw error;
      this.#break();
      throw MYSQL.codeOf(error) === null ? new ConnectionLost(error) : error;
    }
  }

  // biome-ignore lint/correctness/useYield: Kysely's interface; pages are bounded, so nothing is streamed from here.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read by the page, not streamed');
  }

  #break(): void {
    this.isBroken = true;
    this.#connection.destroy();
  }

  async close(): Promise<void> {
    if (this.isBroken) return this.#break();
    this.isBroken = true;
    // A server that hangs does not answer a good-bye either.
    const patience = setTimeout(() => this.#connection.destroy(), PARTING);
    await this.#connection.end().catch(() => {});
    clearTimeout(patience);
  }
}

/** All our bytes are text: exact columns too, which come as binary. */
function typeCast(field: TypeCastField, next: () => unknown): unknown {
  return field.type === 'VAR_STRING' || field.type === 'STRING' || field.type === 'BLOB'
    ? field.string('utf8')
    : next();
}

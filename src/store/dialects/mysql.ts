import { Socket } from 'node:net';
import {
  CompiledQuery,
  type Dialect as KyselyDialect,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Connection, ConnectionOptions, TypeCastField } from 'mysql2/promise';
import { BoardError } from '../../model/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { Flights } from './flights.ts';
import { MYSQL } from './languages/mysql.ts';
import { ANSWERING, CONNECTING, lockingSchema, ON_SERVER, READERS } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { type PooledConnection, PooledDriver } from './pooled-driver.ts';
import { publicUrl } from './public-url.ts';

/** How long (ms) a good-bye may take. */
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

const BEGIN = 'start transaction';

/** A server or proxy that broke off, or a proxy that has lost the server behind it. */
const LOST = new Set<unknown>([1152, 1158, 1159, 1160, 1161, 2003, 2006, 2013]);

/** A table, column or index that is there already, or is already gone. */
const DONE = new Set<unknown>([1050, 1051, 1060, 1061, 1091, 1146]);

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
    multipleStatements: true,
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
    ...ON_SERVER,
    description: publicUrl(url),
    language: MYSQL,
    writing: dialect({ most: 1, begin: BEGIN, settings: WRITING, timeout: ANSWERING }),
    reading: dialect({ most: READERS, begin: 'start transaction read only', settings: READING, timeout: ANSWERING }),
    pipelines: true,
    ...lockingSchema(MYSQL, () => dialect({ most: 1, begin: BEGIN, settings: [MODE], isResumable: true })),
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

class MysqlConnection extends PagedConnection implements PooledConnection {
  readonly #connection: Connection;
  readonly #kind: Kind;
  readonly #flights = new Flights((queries) => this.#send(queries));
  isBroken = false;

  private constructor(connection: Connection, kind: Kind) {
    super();
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
    for (const setting of kind.settings) await connection.#send([CompiledQuery.raw(setting)]);
    return connection;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      const { rows, ...result } = await this.#flights.run(query);
      // What a row holds, the query's author says in its type, as with every driver.
      return { ...result, rows: rows as Row[] };
    } catch (error) {
      if (this.#kind.isResumable && DONE.has(MYSQL.codeOf(error))) return { rows: [] };
      throw error;
    }
  }

  async #send(queries: readonly CompiledQuery[]): Promise<QueryResult<unknown>[]> {
    const text = asOne(queries);
    const values = queries.flatMap(({ parameters }) => parameters);
    try {
      const [answer] = await this.#inTime(this.#connection.query(text, values));
      const answers: readonly unknown[] = queries.length > 1 && Array.isArray(answer) ? answer : [answer];
      return answers.map(resultOf);
    } catch (error) {
      const isLoss = MYSQL.codeOf(error) === null || LOST.has(MYSQL.codeOf(error));
      if (!isLoss && !this.isBroken) throw error;
      this.#break();
      throw isLoss ? new ConnectionLost(error) : error;
    }
  }

  /** The driver's own timer goes on when the connection breaks, and keeps the process from ending. */
  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const { timeout } = this.#kind;
    if (timeout === undefined) return answer;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer for ${timeout / 1000} s`)), timeout);
    });
    return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
  }

  #break(): void {
    this.isBroken = true;
    cut(this.#connection);
  }

  async close(): Promise<void> {
    if (this.isBroken) return this.#break();
    this.isBroken = true;
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.#connection.on('end', resolve);
    // A server that hangs does not answer a good-bye either.
    const patience = setTimeout(resolve, PARTING);
    this.#connection.end().catch(resolve);
    await ended;
    clearTimeout(patience);
    cut(this.#connection);
  }
}

/** The driver's own way is to say no more, and to wait for a server that may hang to do the same. */
function cut(connection: Connection): void {
  connection.destroy();
  const core: unknown = Reflect.get(connection, 'connection');
  if (typeof core === 'object' && core !== null && 'stream' in core && core.stream instanceof Socket)
    core.stream.destroy();
}

/**
 * MariaDB answers each statement of a message in a packet of its own, that wakes us, but a block as a whole: a tenth more is
 * posted over HTTP so. To MySQL, which has none, it is a comment.
 */
function asOne(queries: readonly CompiledQuery[]): string {
  const text = queries.map(({ sql }) => sql).join(';\n');
  const isWhole = queries[0]?.sql === BEGIN && queries.at(-1)?.sql === 'commit';
  const asksNothing = queries.slice(1, -1).every(({ sql }) => /^(?:insert|update|delete) /.test(sql));
  return isWhole && asksNothing ? `/*M! begin not atomic */ ${text} /*M! ; end */` : text;
}

function resultOf(answer: unknown): QueryResult<unknown> {
  if (Array.isArray(answer)) return { rows: answer };
  const hasChanged = typeof answer === 'object' && answer !== null && 'affectedRows' in answer;
  return { rows: [], numAffectedRows: BigInt(hasChanged ? Number(answer.affectedRows) : 0) };
}

/** All our bytes are text: exact columns too, which come as binary. */
function typeCast(field: TypeCastField, next: () => unknown): unknown {
  return field.type === 'VAR_STRING' || field.type === 'STRING' || field.type === 'BLOB'
    ? field.string('utf8')
    : next();
}

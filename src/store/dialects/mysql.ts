import {
  CompiledQuery,
  type Dialect as KyselyDialect,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { Flights } from './flights.ts';
import { MYSQL } from './languages/mysql.ts';
import { type Connect, type Line, mariadbConnector, plainly } from './mariadb-connector.ts';
import { ANSWERING, lockingSchema, ON_SERVER, READERS } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { COMMIT, type PooledConnection, PooledDriver } from './pooled-driver.ts';
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

/**
 * Begins a transaction, also where none was open. Behind one that failed while this was on its way, START TRANSACTION would commit
 * what is left of that.
 */
const BEGIN = 'rollback and chain';

/** A server or proxy that broke off, or a proxy that has lost the server behind it. */
const LOST = new Set<unknown>([1152, 1158, 1159, 1160, 1161, 2003, 2006, 2013]);

/** A table, column or index that is there already, or is already gone. */
const DONE = new Set<unknown>([1050, 1051, 1060, 1061, 1091, 1146]);

/**
 * MySQL 8, MariaDB 10.6, and newer ones.
 *
 * @param url - `mysql://user:password@host:port/database` or `mariadb://…`, with options of the package `mariadb` as parameters.
 * @throws BoardError `bad-input` if that package is not installed, or the URL names no database.
 */
export async function mysql(url: string): Promise<Dialect> {
  const connect = await mariadbConnector(url);

  const dialect = (kind: Kind): KyselyDialect => ({
    createAdapter: () => new MysqlAdapter(),
    createDriver: () =>
      new PooledDriver({
        most: kind.most,
        begin: kind.begin,
        open: () => MysqlConnection.open(connect, kind),
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
    // BEGIN is in one message with what follows, or waited for.
    chains: async () => true,
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
  readonly #line: Line;
  readonly #kind: Kind;
  readonly #flights: Flights;
  isBroken = false;

  private constructor(line: Line, kind: Kind) {
    super();
    this.#line = line;
    this.#kind = kind;
    this.#flights = new Flights(kind.begin, (queries) => this.#send(queries));
    const onEnd = () => {
      this.isBroken = true;
    };
    line.connection.on('error', onEnd);
    line.connection.on('end', onEnd);
  }

  static async open(connect: Connect, kind: Kind): Promise<MysqlConnection> {
    const line = await connect().catch((thrown: unknown) => {
      const error = plainly(thrown);
      throw MYSQL.codeOf(error) === null ? new ConnectionLost(error) : error;
    });
    const connection = new MysqlConnection(line, kind);
    try {
      for (const setting of kind.settings) await connection.#send([CompiledQuery.raw(setting)]);
      return connection;
    } catch (error) {
      void connection.close();
      throw error;
    }
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
    if (this.isBroken) throw new ConnectionLost(new Error('the connection has ended'));
    const text = asOne(queries);
    const values = queries.flatMap(({ parameters }) => parameters);
    const { timeout } = this.#kind;
    const patience =
      timeout === undefined ? timeout : setTimeout(() => this.#break(`no answer for ${timeout / 1000} s`), timeout);
    try {
      const answer: unknown = await this.#line.connection.query(text, values);
      const answers: readonly unknown[] = queries.length > 1 && Array.isArray(answer) ? answer : [answer];
      if (answers.length < queries.length && !isBlock(queries)) throw new Error('not all was answered');
      return answers.map(resultOf);
    } catch (thrown) {
      const error = plainly(thrown);
      const isLoss = MYSQL.codeOf(error) === null || LOST.has(MYSQL.codeOf(error));
      if (!isLoss && !this.isBroken) throw error;
      this.#break('the connection broke');
      throw isLoss ? new ConnectionLost(error) : error;
    } finally {
      clearTimeout(patience);
    }
  }

  /** All that has not been answered fails. */
  #break(reason: string): void {
    this.isBroken = true;
    this.#line.cut(new Error(reason));
  }

  async close(): Promise<void> {
    if (this.isBroken) return this.#break('the connection is closed');
    this.isBroken = true;
    // A server that hangs does not answer a good-bye either.
    const patience = setTimeout(() => this.#break('no answer to a good-bye'), PARTING);
    // By then all before it has been answered, which the connector's own good-bye does not wait for.
    await this.#line.connection.ping().catch(() => {});
    clearTimeout(patience);
    await this.#line.connection.end();
  }
}

/**
 * MariaDB answers each statement of a message in a packet of its own, that wakes us, but a block as a whole: a tenth more is
 * posted over HTTP so. To MySQL, which has none, it is a comment.
 */
function asOne(queries: readonly CompiledQuery[]): string {
  const text = queries.map(({ sql }) => sql).join(';\n');
  return isBlock(queries) ? `/*M! begin not atomic */ ${text} /*M! ; end */` : text;
}

/** Whether it is a whole transaction that asks for nothing. */
function isBlock(queries: readonly CompiledQuery[]): boolean {
  const isWhole = queries[0]?.sql === BEGIN && queries.at(-1)?.sql === COMMIT.sql;
  return isWhole && queries.slice(1, -1).every(({ sql }) => /^(?:insert|update|delete) /.test(sql));
}

function resultOf(answer: unknown): QueryResult<unknown> {
  if (Array.isArray(answer)) return { rows: answer };
  const hasChanged = typeof answer === 'object' && answer !== null && 'affectedRows' in answer;
  return { rows: [], numAffectedRows: BigInt(hasChanged ? Number(answer.affectedRows) : 0) };
}

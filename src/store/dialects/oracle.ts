import { type CompiledQuery, type Dialect as KyselyDialect, MysqlAdapter, type QueryResult } from 'kysely';
import type { BindParameters, Connection, ConnectionAttributes } from 'oracledb';
import { BoardError } from '../../model/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { ORACLE, OracleQueryCompiler } from './languages/oracle.ts';
import { ANSWERING, CONNECTING, lockingSchema, ON_SERVER, READERS } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { type PooledConnection, PooledDriver } from './pooled-driver.ts';
import { publicUrl } from './public-url.ts';
import { plainRow, storedValues } from './values.ts';

type Oracledb = typeof import('oracledb');

const PORT = 1521;

/** Statements that a connection keeps prepared. */
const PREPARED = 500;

/** COMMIT returns when its log is on the disk, whatever the server's own settings are. */
const SETTINGS = ["alter session set commit_wait = 'WAIT'", "alter session set commit_logging = 'IMMEDIATE'"];

const WRITING = 'set transaction isolation level read committed';
/** All of its statements are of one moment. */
const READING = 'set transaction read only';

/** A table or index that is there already, or is already gone. */
const DONE = new Set<unknown>([942, 955, 1418]);

/**
 * Oracle Database 19, and newer ones.
 *
 * @param url - `oracle://user:password@host:port/service`, with `protocol=tcps` for an encrypted connection.
 * @throws BoardError `bad-input` if the package `oracledb` is not installed, or a parameter is another one.
 */
export async function oracle(url: string): Promise<Dialect> {
  const { default: oracledb } = await import('oracledb').catch(() => {
    throw new BoardError(
      'bad-input',
      'Oracle Database is reached by the package oracledb. Install it: npm install oracledb',
    );
  });
  const attributes = attributesOf(url);

  const dialect = (kind: Kind): KyselyDialect => ({
    // Of an adapter only Kysely's own migrations ask more than whether it has several connections.
    createAdapter: () => new MysqlAdapter(),
    createDriver: () =>
      new PooledDriver({
        most: kind.most,
        begin: kind.begin,
        open: () => OracleConnection.open(oracledb, attributes, kind),
      }),
    createIntrospector() {
      throw new Error('nobody asks for what tables there are');
    },
    createQueryCompiler: () => new OracleQueryCompiler(),
  });

  return {
    ...ON_SERVER,
    description: publicUrl(url),
    language: ORACLE,
    writing: dialect({ most: 1, begin: WRITING, timeout: ANSWERING }),
    reading: dialect({ most: READERS, begin: READING, timeout: ANSWERING }),
    pipelines: false,
    // One connection has the lock, the other migrates.
    ...lockingSchema(ORACLE, () => dialect({ most: 2, begin: WRITING, timeout: 0, isResumable: true })),
  };
}

function attributesOf(url: string): ConnectionAttributes {
  const { host, port, username, password, pathname, searchParams } = new URL(url);
  const { protocol = 'tcp', ...rest } = Object.fromEntries(searchParams);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new BoardError('bad-input', `Oracle's URL takes no ${unknown}, only protocol.`);
  if (protocol !== 'tcp' && protocol !== 'tcps')
    throw new BoardError('bad-input', "The protocol of Oracle's URL is tcp or tcps.");
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectString: `${protocol}://${port === '' ? `${host}:${PORT}` : host}${pathname}`,
    connectTimeout: CONNECTING / 1000,
    transportConnectTimeout: CONNECTING / 1000,
    stmtCacheSize: PREPARED,
  };
}

/** What differs between the writer's connections, readers' and those for migrations. */
interface Kind {
  readonly most: number;
  readonly begin: string;
  /** How long (ms) a statement may take; 0: as long as it likes. */
  readonly timeout: number;
  /** No DDL can be rolled back, so one that an interrupted start has already done is passed over. */
  readonly isResumable?: boolean;
}

class OracleConnection extends PagedConnection implements PooledConnection {
  readonly #oracledb: Oracledb;
  readonly #connection: Connection;
  readonly #kind: Kind;
  #isClosed = false;
  isInTransaction = false;

  private constructor(oracledb: Oracledb, connection: Connection, kind: Kind) {
    super();
    this.#oracledb = oracledb;
    this.#connection = connection;
    this.#kind = kind;
    connection.callTimeout = kind.timeout;
  }

  static async open(oracledb: Oracledb, attributes: ConnectionAttributes, kind: Kind): Promise<OracleConnection> {
    const open = await oracledb.getConnection(attributes).catch((error: unknown) => {
      throw told(error);
    });
    const connection = new OracleConnection(oracledb, open, kind);
    try {
      for (const setting of SETTINGS) await connection.#run(setting, []);
      return connection;
    } catch (error) {
      void connection.close();
      throw told(error);
    }
  }

  get isBroken(): boolean {
    return this.#isClosed || !this.#connection.isHealthy();
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (sql === this.#kind.begin) this.isInTransaction = true;
    try {
      const result = await this.#run<Row>(sql, storedValues(parameters, ORACLE));
      if (sql === 'commit' || sql === 'rollback') this.isInTransaction = false;
      return result;
    } catch (error) {
      if (this.#kind.isResumable && DONE.has(ORACLE.codeOf(error))) return { rows: [] };
      // Whatever it was asked last may still be under way.
      if (ORACLE.codeOf(error) === null) void this.close();
      throw told(error);
    }
  }

  async #run<Row>(text: string, values: BindParameters): Promise<QueryResult<Row>> {
    const { OUT_FORMAT_OBJECT, DB_TYPE_BLOB, BUFFER } = this.#oracledb;
    const { rows = [], rowsAffected = 0 } = await this.#connection.execute<object>(text, values, {
      outFormat: OUT_FORMAT_OBJECT,
      autoCommit: !this.isInTransaction,
      fetchTypeHandler: ({ dbType }) => (dbType === DB_TYPE_BLOB ? { type: BUFFER } : undefined),
    });
    // What a row holds, the query's author says in its type, as with every driver.
    return { rows: rows.map((row) => plainRow(row, ORACLE) as Row), numAffectedRows: BigInt(rowsAffected) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#connection.close().catch(() => {});
  }
}

/** Without a number of the server's, nobody was answered. */
function told(error: unknown): unknown {
  return ORACLE.codeOf(error) === null ? new ConnectionLost(error) : error;
}

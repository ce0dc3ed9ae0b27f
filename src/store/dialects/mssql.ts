import {
  type CompiledQuery,
  type Dialect as KyselyDialect,
  MssqlAdapter,
  MssqlIntrospector,
  MssqlQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Connection, ConnectionConfiguration } from 'tedious';
import { BoardError } from '../../model/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { MSSQL } from './languages/mssql.ts';
import { ANSWERING, CONNECTING, lockingSchema, ON_SERVER, READERS } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { type PooledConnection, PooledDriver } from './pooled-driver.ts';
import { publicUrl } from './public-url.ts';
import { plainRow, storedValues } from './values.ts';

type Tedious = typeof import('tedious');

const PORT = 1433;

/** How long (ms) to wait for the clock. The server has no limit for a process that hangs while it holds it. */
const LOCKED = 10_000;

/** After any error nothing of a transaction is left, as elsewhere. */
const SETTINGS = `set xact_abort on; set lock_timeout ${LOCKED}`;
const WRITING = `${SETTINGS}; set transaction isolation level read committed`;
/** A statement alone, too, is then of one moment. */
const READING = `${SETTINGS}; set transaction isolation level snapshot`;

/** Up to so many bytes are of a type that can be compared by an index; all of one type, so that plans are found again. */
const SHORT_BYTES = 8000;

/**
 * SQL Server 2017, Azure SQL, and newer ones.
 *
 * @param url - `mssql://user:password@host:port/database`, with `encrypt` (`true`, `false`, `strict`) and
 *   `trustServerCertificate` as parameters. Default: encrypted, by a certificate that Node trusts.
 * @throws BoardError `bad-input` if the package `tedious` is not installed, or a parameter is none of these.
 */
export async function mssql(url: string): Promise<Dialect> {
  const tedious = await import('tedious').catch(() => {
    throw new BoardError('bad-input', 'SQL Server is reached by the package tedious. Install it: npm install tedious');
  });

  const dialect = (most: number, settings: string, requestTimeout: number): KyselyDialect => {
    const configuration = configurationOf(url, requestTimeout);
    return {
      createAdapter: () => new MssqlAdapter(),
      createDriver: () =>
        new PooledDriver({
          most,
          begin: 'begin transaction',
          open: () => MssqlConnection.open(tedious, configuration, settings),
        }),
      createIntrospector: (db) => new MssqlIntrospector(db),
      createQueryCompiler: () => new MssqlQueryCompiler(),
    };
  };

  return {
    ...ON_SERVER,
    description: publicUrl(url),
    language: MSSQL,
    writing: dialect(1, WRITING, ANSWERING),
    reading: dialect(READERS, READING, ANSWERING),
    pipelines: false,
    ...lockingSchema(MSSQL, () => dialect(1, 'set xact_abort on', 0)),
  };
}

function configurationOf(url: string, requestTimeout: number): ConnectionConfiguration {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const { encrypt = 'true', trustServerCertificate = 'false', ...rest } = Object.fromEntries(searchParams);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new BoardError('bad-input', `SQL Server's URL takes no ${unknown}, only encrypt and trustServerCertificate.`);
  }
  return {
    // Brackets are for URLs alone.
    server: hostname.replace(/^\[(.+)\]$/, '$1'),
    authentication: {
      type: 'default',
      options: { userName: decodeURIComponent(username), password: decodeURIComponent(password) },
    },
    options: {
      port: port === '' ? PORT : Number(port),
      database: decodeURIComponent(pathname.slice(1)),
      encrypt: encrypt === 'strict' ? encrypt : encrypt === 'true',
      trustServerCertificate: trustServerCertificate === 'true',
      appName: 'msgboard',
      connectTimeout: CONNECTING,
      requestTimeout,
    },
  };
}

class MssqlConnection extends PagedConnection implements PooledConnection {
  readonly #tedious: Tedious;
  readonly #connection: Connection;
  isBroken = false;

  private constructor(tedious: Tedious, connection: Connection) {
    super();
    this.#tedious = tedious;
    this.#connection = connection;
    const onEnd = () => {
      this.isBroken = true;
    };
    connection.on('error', onEnd);
    connection.on('end', onEnd);
  }

  static async open(
    tedious: Tedious,
    configuration: ConnectionConfiguration,
    settings: string,
  ): Promise<MssqlConnection> {
    const connection = new tedious.Connection(configuration);
    const opened = new MssqlConnection(tedious, connection);
    try {
      await new Promise<void>((resolve, reject) => {
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      await opened.#run(settings, []);
      return opened;
    } catch (error) {
      opened.close();
      throw told(error);
    }
  }

  /** `xact_abort` rolls back at once. */
  get isInTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return await this.#run(sql, storedValues(parameters, MSSQL));
    } catch (error) {
      if (MSSQL.codeOf(error) === null) this.close();
      throw told(error);
    }
  }

  #run<Row>(text: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
    const { Request, TYPES } = this.#tedious;
    return new Promise((resolve, reject) => {
      const rows: Row[] = [];
      const request = new Request(text, (error, rowCount) => {
        if (error) reject(error);
        else resolve({ rows, numAffectedRows: BigInt(rowCount ?? 0) });
      });
      request.on('row', (columns: readonly Column[]) => {
        const row = Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value]));
        // What a row holds, the query's author says in its type, as with every driver.
        rows.push(plainRow(row, MSSQL) as Row);
      });
      for (const [index, value] of values.entries()) {
        const name = `${index + 1}`;
        if (typeof value === 'number') request.addParameter(name, TYPES.BigInt, value);
        else request.addParameter(name, TYPES.VarBinary, value, lengthOf(value));
      }
      // What has no values may be of a session: BEGIN, and what SET sets, would end with a procedure's call.
      if (values.length === 0) this.#connection.execSqlBatch(request);
      else this.#connection.execSql(request);
    });
  }

  close(): void {
    this.isBroken = true;
    this.#connection.close();
  }
}

interface Column {
  readonly metadata: { readonly colName: string };
  readonly value: unknown;
}

function lengthOf(value: unknown): { length: number } | undefined {
  return value instanceof Uint8Array && value.length > SHORT_BYTES ? undefined : { length: SHORT_BYTES };
}

/** The first of what may be several errors; without the server's number, nobody was answered. */
function told(error: unknown): unknown {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return MSSQL.codeOf(first) === null ? new ConnectionLost(first) : first;
}

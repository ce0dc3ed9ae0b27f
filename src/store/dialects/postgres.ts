import { Socket } from 'node:net';
import {
  type CompiledQuery,
  type Dialect as KyselyDialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from 'kysely';
import type { Client, CustomTypesConfig, Query, ResultBuilder } from 'pg';
import { BoardError } from '../../model/errors.ts';
import { ConnectionLost } from './connection-lost.ts';
import type { Dialect } from './dialect.ts';
import { isPostgres, POSTGRES } from './languages/postgres.ts';
import { ANSWERING, CONNECTING, lockingSchema, ON_SERVER, READERS } from './on-server.ts';
import { PagedConnection } from './paged-connection.ts';
import { type PooledConnection, PooledDriver } from './pooled-driver.ts';
import { type Copy, copyFor, copyQuery } from './postgres-copy.ts';
import { publicUrl } from './public-url.ts';

/** How long (ms) a good-bye may take. */
const PARTING = 1000;

/** Statements that a connection keeps prepared; the server holds them in memory. */
const PREPARED = 500;

/**
 * How long (ms) a process that hangs may hold the clock, and others wait for it. Set within each transaction, which
 * poolers in front of the database let through.
 */
const WRITING =
  'begin isolation level read committed; set local idle_in_transaction_session_timeout = 5000; set local lock_timeout = 10000';
const READING = 'begin isolation level repeatable read read only; set local idle_in_transaction_session_timeout = 5000';

/**
 * Whatever is sent behind a BEGIN that fails, as it does if somebody cancels what the connection does, is a transaction of its own each.
 * So on a connection that is ours outside of transactions nothing can be written, unless nothing can be written on it at all.
 */
const GUARD = 'set default_transaction_read_only = on';
const GUARDED_WRITING = WRITING.replace('read committed', 'read committed read write');
const ASK_GUARD = sql<{ guarded: string }>`select current_setting('default_transaction_read_only') as guarded`;

const INT8 = 20;
const NUMERIC = 1700;

/**
 * PostgreSQL, or what speaks its protocol.
 *
 * @param url - `postgres://user:password@host:port/database`, with what else `pg` understands as parameters.
 * @throws BoardError `bad-input` if the package `pg` is not installed.
 */
export async function postgres(url: string): Promise<Dialect> {
  const { default: pg } = await import('pg').catch(() => {
    throw new BoardError('bad-input', 'PostgreSQL is reached by the package pg. Install it: npm install pg');
  });
  // Counts and ids stay below 2^53; a parser of these clients alone leaves others in the process as they are.
  const types: CustomTypesConfig = {
    getTypeParser: (oid, format) =>
      oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
  };

  const dialect = (most: number, begin: string, query_timeout: number): KyselyDialect => ({
    createAdapter: () => new PostgresAdapter(),
    createDriver: () =>
      new PooledDriver({
        most,
        begin,
        open: () => {
          const socket = new Socket();
          const client = new pg.Client({
            connectionString: url,
            application_name: 'msgboard',
            connectionTimeoutMillis: CONNECTING,
            query_timeout,
            keepAlive: true,
            pipeline: true,
            stream: () => socket,
            types,
          });
          return PostgresConnection.open(client, socket, pg.Query, begin === WRITING);
        },
      }),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  });

  return {
    ...ON_SERVER,
    description: publicUrl(url),
    language: POSTGRES,
    writing: dialect(1, WRITING, ANSWERING),
    reading: dialect(READERS, READING, ANSWERING),
    pipelines: true,
    chains: (writing) =>
      ASK_GUARD.execute(writing).then(
        ({ rows }) => rows[0]?.guarded === 'on',
        // What only speaks PostgreSQL's protocol may not know of it.
        () => false,
      ),
    ...lockingSchema(POSTGRES, () => dialect(1, 'begin isolation level read committed', 0)),
  };
}

class PostgresConnection extends PagedConnection implements PooledConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #Query: typeof Query;
  readonly #names = new Map<string, string>();
  readonly #copies = new Map<string, Copy | null>();
  /** Whether what it prepares is there at the next statement. */
  #prepares = false;
  /** Whether it is PostgreSQL itself, reached directly: others may know COPY outside of transactions alone. */
  #isItself = false;
  /** Whether nothing is written outside of transactions. */
  #isGuarded = false;
  #closed: Promise<void> | null = null;
  isBroken = false;

  private constructor(client: Client, socket: Socket, query: typeof Query) {
    super();
    this.#client = client;
    this.#Query = query;
    this.#socket = socket;
    const onEnd = () => {
      this.isBroken = true;
    };
    client.on('error', onEnd);
    client.on('end', onEnd);
  }

  static async open(
    client: Client,
    socket: Socket,
    query: typeof Query,
    isWriting: boolean,
  ): Promise<PostgresConnection> {
    const connection = new PostgresConnection(client, socket, query);
    try {
      await connection.#connect();
      if (isWriting) await connection.#guard();
      return connection;
    } catch (error) {
      void connection.close();
      throw POSTGRES.codeOf(error) === null ? new ConnectionLost(error) : error;
    }
  }

  async #connect(): Promise<void> {
    await this.#client.connect();
    // With a pooler in between, which has another process than it says, each transaction may be another session's.
    const { rows } = await this.#client.query<{ pid: number; version: string }>(
      'select pg_backend_pid() as pid, version() as version',
    );
    this.#prepares = 'processID' in this.#client && this.#client.processID === rows[0]?.pid;
    this.#isItself = this.#prepares && isPostgres(rows[0]?.version);
  }

  async #guard(): Promise<void> {
    // A pooler may have the setting outlast us, on a connection that is somebody else's then.
    if (!this.#isItself) return;
    const { rows } = await this.#client.query<{ frozen: string }>(
      "select current_setting('transaction_read_only') as frozen",
    );
    // A standby, or what the operator has frozen, is to refuse as it is.
    if (rows[0]?.frozen !== 'off') return;
    await this.#client.query(GUARD);
    this.#isGuarded = true;
  }

  async executeQuery<Row>({ sql: asked, parameters }: CompiledQuery) {
    const text = this.#isGuarded && asked === WRITING ? GUARDED_WRITING : asked;
    try {
      const copy = this.#copy(text, parameters);
      const { rows, rowCount, command } = await (copy ?? this.#client.query(this.#query(text, parameters)));
      // What a row holds, the query's author says in its type, as with every driver.
      const result: QueryResult<Row> = { rows: (rows ?? []) as Row[], numAffectedRows: BigInt(rowCount ?? 0) };
      return { ...result, command };
    } catch (error) {
      if (POSTGRES.codeOf(error) !== null && !isFatal(error)) throw error;
      void this.close();
      throw isLoss(error) ? new ConnectionLost(error) : error;
    }
  }

  /** Does by COPY what can be done by it. */
  #copy(text: string, values: readonly unknown[]): Promise<ResultBuilder> | null {
    if (!this.#isItself || !text.startsWith('insert ')) return null;
    const known = this.#copies.get(text);
    const copy = known === undefined ? copyFor(text) : known;
    if (known === undefined) this.#copies.set(text, copy);
    if (copy === null) return null;
    return new Promise((resolve, reject) => {
      const done = (error: Error | undefined | null, result: ResultBuilder) =>
        error ? reject(error) : resolve(result);
      this.#client.query(copyQuery(this.#Query, copy, values, done));
    });
  }

  /** What comes again and again is prepared: queries, and all that has values. Anything else may be several statements. */
  #query(text: string, values: readonly unknown[]) {
    const isPlain = values.length === 0;
    let name = this.#names.get(text);
    const isPreparable = this.#prepares && (!isPlain || text.startsWith('select '));
    if (name === undefined && isPreparable && this.#names.size < PREPARED) {
      name = `s${this.#names.size}`;
      this.#names.set(text, name);
    }
    return { text, ...(!isPlain && { values: [...values] }), ...(name !== undefined && { name }) };
  }

  /** Each statement that waits finds the connection broken, and closes it. */
  close(): Promise<void> {
    this.#closed ??= this.#part();
    return this.#closed;
  }

  async #part(): Promise<void> {
    this.isBroken = true;
    // A server that hangs does not answer a good-bye either.
    const patience = setTimeout(() => this.#socket.destroy(), PARTING);
    await this.#client.end().catch(() => {});
    clearTimeout(patience);
  }
}

/** Whether there was no answer, or a pooler that had none gave its own: class 08. */
function isLoss(error: unknown): boolean {
  const code = POSTGRES.codeOf(error);
  return code === null || /^08/.test(String(code));
}

/** Whether the server has ended the session with it. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity !== 'ERROR';
}

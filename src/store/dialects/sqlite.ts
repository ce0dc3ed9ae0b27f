import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type Dialect as KyselyDialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Dialect, Watch } from './dialect.ts';
import type { Language } from './languages/language.ts';
import { SQLITE } from './languages/sqlite.ts';
import { PagedConnection } from './paged-connection.ts';
import { type PooledConnection, PooledDriver, type PooledDriverOptions } from './pooled-driver.ts';

/** How long (ms) to wait for another process's lock before giving up. */
const LOCK_PATIENCE = 5000;

/** Readers that hold a snapshot over several statements need a connection each; a page at a time, these are plenty. */
const READERS = 4;

/** Statements that a connection keeps prepared. What the store compiles once stays below. */
const PREPARED = 500;

/** Primary result codes (https://sqlite.org/rescode.html). */
const BUSY = 5;
const PROGRAMMING = new Set([1, 19, 20, 21, 25]);

/** As `node:sqlite` speaks it, on our connections: the writer's transactions begin with the write lock in hand. */
const OWN: Language = {
  ...SQLITE,
  takeClock: (on) => on.selectFrom('clock').selectAll(),
  codeOf: resultCode,
  isOutage: (error) => {
    const code = resultCode(error);
    return code !== null && !PROGRAMMING.has(code);
  },
};

/**
 * SQLite in a file, or in memory for as long as the process lives. Its COMMIT returns once the write-ahead log is synced,
 * and what is deleted is overwritten.
 *
 * @param location - a path, or `:memory:`.
 */
export function sqlite(location: string): Dialect {
  const inMemory = location === ':memory:';

  return {
    description: inMemory ? 'memory, gone when this process ends' : location,
    language: OWN,
    writing: kyselyDialect({ most: 1, begin: 'begin immediate', open: () => Connection.open(location) }),
    reading: inMemory ? null : kyselyDialect({ most: READERS, begin: 'begin', open: () => Connection.open(location) }),
    isRemote: false,
    pipelines: false,
    chains: async () => false,

    lookEvery: 50,
    openWatch: inMemory ? null : () => openWatch(location),
    commitMark: inMemory
      ? null
      : async ({ writing }) => {
          // Asked on the writer's own connection, whose own commits do not count.
          const { rows } = await writing.executeQuery<{ data_version: number }>(
            CompiledQuery.raw('pragma data_version'),
          );
          return rows[0]?.data_version ?? 0;
        },

    erase: inMemory
      ? null
      : async (writing) => {
          // The write-ahead log keeps old pages until it is overwritten: it is moved into the file, and cut to nothing.
          const { rows } = await writing.executeQuery<{ busy: number }>(
            CompiledQuery.raw('pragma wal_checkpoint(truncate)'),
          );
          return rows[0]?.busy === 0;
        },

    async lockSchema(writing, migrate) {
      await writing.transaction().execute(async (db) => {
        const { rows } = await db.executeQuery<{ user_version: number }>(CompiledQuery.raw('pragma user_version'));
        const found = rows[0]?.user_version ?? 0;
        const version = await migrate(db, found);
        // Set to what it is, it would have to be synced.
        if (version !== found) await db.executeQuery(CompiledQuery.raw(`pragma user_version = ${version}`));
      });
    },
  };
}

/** A file that is not ours, to be read and left as it is. */
export function sqliteToRead(location: string): Pick<Dialect, 'reading' | 'writing'> {
  const only = kyselyDialect({ most: 1, begin: 'begin', open: async () => Connection.toRead(location) });
  return { reading: only, writing: only };
}

/** On a connection of its own, so that every other one is somebody else's. */
function openWatch(location: string): Watch {
  const database = new DatabaseSync(location, { timeout: 0, readOnly: true });
  const version = database.prepare('pragma data_version');
  return { mark: () => Number(version.get()?.['data_version']), close: () => database.close() };
}

function kyselyDialect(options: PooledDriverOptions): KyselyDialect {
  return {
    createAdapter: () => new PooledAdapter(),
    createDriver: () => new PooledDriver(options),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Kysely lends one connection at a time for SQLite unless told that here are several. */
class PooledAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/**
 * The cache is in KiB. The log is moved into the file at 8,000 pages and not at 1,000: a page that changed often is then
 * moved once, which is worth 8% of a POST.
 */
const PRAGMAS = [
  'journal_mode = wal',
  'synchronous = full',
  'secure_delete = on',
  'cache_size = -65536',
  'wal_autocheckpoint = 8000',
];

type RowMaker = (values: Record<number, SQLOutputValue>) => object;

interface Prepared {
  readonly statement: StatementSync;
  /** `null`: it has no rows. */
  readonly rowOf: RowMaker | null;
}

class Connection extends PagedConnection implements PooledConnection {
  readonly isBroken = false;
  readonly #database: DatabaseSync;
  readonly #prepared = new LRUCache<string, Prepared>({ max: PREPARED });

  private constructor(database: DatabaseSync) {
    super();
    this.#database = database;
  }

  static async open(location: string): Promise<Connection> {
    makePrivately(location);
    let connection: Connection | null = null;
    try {
      // SQLite's own timeout would block the whole process while it waits.
      connection = new Connection(new DatabaseSync(location, { timeout: 0 }));
      for (const pragma of PRAGMAS) await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
      return connection;
    } catch (error) {
      connection?.close();
      // SQLite does not say which file it means.
      if (error instanceof Error) error.message += `: ${location}`;
      throw error;
    }
  }

  static toRead(location: string): Connection {
    return new Connection(new DatabaseSync(location, { timeout: 0, readOnly: true }));
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  async executeQuery<Row>({ sql: text, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const deadline = performance.now() + LOCK_PATIENCE;

    for (;;) {
      try {
        return this.#run(text, inputs(parameters));
      } catch (error) {
        // Whoever holds the lock is another process, or a checkpoint: milliseconds, at random so that nobody starves.
        if (resultCode(error) !== BUSY || this.isInTransaction || performance.now() > deadline) throw error;
        await sleep(1 + Math.random() * 4);
      }
    }
  }

  #run<Row>(text: string, parameters: readonly SQLInputValue[]): QueryResult<Row> {
    const { statement, rowOf } = this.#statement(text);
    // What a row holds, the query's author says in its type, as with every driver.
    if (rowOf) return { rows: statement.all(...parameters).map(rowOf) as Row[] };

    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  #statement(text: string): Prepared {
    let entry = this.#prepared.get(text);
    if (!entry) {
      const statement = this.#database.prepare(text);
      statement.setReturnArrays(true);
      const columns = statement.columns().map(({ name }) => name);
      entry = { statement, rowOf: columns.length > 0 ? rowMaker(columns) : null };
      this.#prepared.set(text, entry);
    }
    return entry;
  }

  close(): void {
    this.#database.close();
  }
}

/** SQLite lets everybody read a file that it makes; those beside it are as open as that. One that is there stays as it is. */
function makePrivately(location: string): void {
  if (location === ':memory:' || location.startsWith('file:') || existsSync(location)) return;
  try {
    closeSync(openSync(location, 'wx', 0o600));
  } catch {
    // Another process has made it meanwhile; or nobody can, which SQLite says as well.
  }
}

/**
 * Makes rows of these columns, by a function that is written for them: V8 then knows from the start what a row will be. Column
 * by column in a loop, rows were a sixth of a replay's time; the objects that node:sqlite makes have no shape in common, and
 * are slower still. (Ajv makes its functions in the same way.)
 */
function rowMaker(columns: readonly string[]): RowMaker {
  const fields = columns.map((name, index) => `${JSON.stringify(name)}: values[${index}]`);
  return new Function('values', `return { ${fields.join(', ')} };`) as RowMaker;
}

function inputs(values: readonly unknown[]): readonly SQLInputValue[] {
  if (values.every(isInput)) return values;
  throw new TypeError(`SQLite takes no ${typeof values.find((value) => !isInput(value))}`);
}

function isInput(value: unknown): value is SQLInputValue {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isPlain || value === null || value instanceof Uint8Array;
}

/** The primary result code of one of SQLite's errors. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

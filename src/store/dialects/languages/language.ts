import type { ColumnDataType, Compilable, Expression, KyselyPlugin, RawBuilder, TransactionSettings } from 'kysely';
import type { Db, Row } from '../../schema.ts';

type DataType = ColumnDataType | Expression<unknown>;

/** What columns are made of. */
export interface ColumnTypes {
  /** Whole numbers up to 2^53: ids, places, times, flags. */
  readonly number: DataType;
  readonly text: DataType;
  /** Text compared byte by byte, of at most so many bytes. */
  exact(bytes: number): DataType;
  /** Whether an index can leave out rows. */
  readonly partialIndexes: boolean;
  /** Whether an index is named within its table. */
  readonly indexesOfTables: boolean;
}

/** Walks along one index, one for each of many people. */
export interface PeopleWalks {
  /** A query for the people, by `id`. */
  readonly people: RawBuilder<unknown>;
  /** A query for the first places of a person past a mark, as `place`, in the direction of all. */
  walk(person: RawBuilder<unknown>, past: unknown, limit: unknown): RawBuilder<unknown>;
  /** The mark that all begin past. */
  readonly from: unknown;
  readonly direction: RawBuilder<unknown>;
  /** How many places are wanted of all together. */
  readonly reach: unknown;
}

/**
 * Makes a query for the first places, as `place`, of many people together. A person who has none of them costs one step, and
 * no walk is longer than `reach`.
 */
export type MergeWalks = (walks: PeopleWalks) => RawBuilder<unknown>;

/** Where the board stands, as columns of a query from the clock. */
export interface Heads {
  readonly seq: RawBuilder<number>;
  readonly lastUserId: RawBuilder<number>;
  /** Whether each batch writes them into the clock's row all the same. */
  areStored(db: Db): Promise<boolean>;
}

/** Brings the schema on from the version that it is told; resolves with the new one. */
export type Migrate = (db: Db, version: number) => Promise<number>;

/** What differs in the SQL of databases, and in what they say. */
export interface Language {
  readonly types: ColumnTypes;
  /** What a driver is given of text. */
  stored(text: string): string | Uint8Array;
  /** The text that a driver brings as bytes. */
  textOf(bytes: Uint8Array): string;
  /** How the transactions of the writer and of readers are isolated. */
  readonly isolation: { readonly writing: TransactionSettings; readonly reading: TransactionSettings };
  /**
   * Reads the clock and holds it to the end of the transaction, whose first statement this is: those after it see what
   * the last holder left.
   */
  takeClock(on: Db): Compilable<Row<'clock'>>;
  /** How the rows tell that took the latest ticks. `null`: the clock's own row does, and is written by each batch. */
  readonly heads: Heads | null;
  /** A statement by which a reader's transaction may rest for as long as it likes. `null`: it may. */
  readonly letRest: RawBuilder<unknown> | null;
  /** Its own time, in ms since 1970. `null`: it has the one of this machine. */
  readonly time: RawBuilder<number> | null;
  /** What a query in order ends with, to have its first rows, or those after `offset` of them. */
  slice(limit: unknown, offset?: unknown): RawBuilder<unknown>;
  /**
   * A query for a page and the clock.
   *
   * @param clock - columns of a query from the clock. They are in the first row at least; elsewhere they may be NULL.
   * @param page - a query. If it finds nothing, the clock comes with NULLs.
   * @param columns - what the page has.
   */
  beside(clock: RawBuilder<unknown>, page: RawBuilder<unknown>, columns: readonly string[]): RawBuilder<unknown>;
  /** So many rows at most go into one INSERT. */
  readonly rowsAtOnce: number;
  /** A condition, as one that no walk is led or joined by. */
  apart(condition: RawBuilder<unknown>): RawBuilder<unknown>;
  /** `null`: its SQL has no way to, so `store/nearest.ts` sees that there are few walks. */
  readonly mergeWalks: MergeWalks | null;
  /**
   * Looks at the settings that our promises rest on.
   *
   * @returns what the operator should know, in sentences.
   * @throws BoardError `unavailable` if what is answered would not be stored.
   */
  check(db: Db): Promise<readonly string[]>;
  /** What migrations are put into words by, beside the compiler. */
  readonly migrating: readonly KyselyPlugin[];
  /** Runs `migrate` where no second starter can. */
  migrateAlone(db: Db, migrate: Migrate): Promise<void>;
  /** What the database's own errors are known by; `null`: it is not one of them, so whoever asked was not answered. */
  codeOf(error: unknown): string | number | null;
  /** Whether an error says that the database is away, full, locked or broken, rather than that we asked for nonsense. */
  isOutage(error: unknown): boolean;
}

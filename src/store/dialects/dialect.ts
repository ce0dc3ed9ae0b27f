import type { ColumnDataType, Expression, Dialect as KyselyDialect, RawBuilder } from 'kysely';
import type { Db } from '../schema.ts';

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
}

/** Tells, at once, whether anybody at all has committed. */
export interface Watch {
  /** Another number once something was committed, by whatever process. */
  mark(): number;
  close(): void;
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

/** What differs from database to database. Nobody else asks which one it is. */
export interface Dialect {
  /** What is stored where, for the operator. */
  readonly description: string;
  readonly types: ColumnTypes;
  /** For the writer, who needs one connection. */
  readonly writing: KyselyDialect;
  /** For readers; `null`: they take turns with the writer on its one connection. */
  readonly reading: KyselyDialect | null;
  /**
   * Whether the writer locks the clock by `SELECT … FOR UPDATE`, first of all. Otherwise its transactions begin with the
   * write lock in hand.
   */
  readonly locksRows: boolean;
  /** Whether it is a server whose answer to a COMMIT can get lost on the way. */
  readonly isRemote: boolean;
  /** `null`: its SQL has no way to, so `store/nearest.ts` sees that there are few walks. */
  readonly mergeWalks: MergeWalks | null;
  /**
   * Whether the writer's connection takes statements before it has answered those before them, and runs none of a
   * transaction, COMMIT neither, after one that failed.
   */
  readonly pipelines: boolean;
  /**
   * Something that changes when another process has committed, cheap enough to ask for every `lookEvery` ms; `null`: no
   * other process can.
   */
  readonly commitMark: ((on: { readonly writing: Db; readonly reading: Db }) => Promise<number | string>) | null;
  readonly lookEvery: number;
  /** Opens a {@link Watch}; `null`: nothing here can tell without being asked and waited for. */
  readonly openWatch: (() => Watch) | null;
  /**
   * Looks at the settings that our promises rest on.
   *
   * @returns what the operator should know, in sentences.
   * @throws BoardError `unavailable` if what is answered would not be stored.
   */
  check(writing: Db): Promise<readonly string[]>;
  /**
   * Takes what was deleted or overwritten out of the database's files, as far as it is still in them; resolves with whether
   * all is gone. `null`: it is no file of ours, and the server sees to it.
   */
  readonly erase: ((writing: Db) => Promise<boolean>) | null;
  /** Runs `migrate`, which is told the schema's version and brings it further, where no second starter can. */
  lockSchema(writing: Db, migrate: (db: Db, version: number) => Promise<number>): Promise<void>;
  /** Whether an error says that the database is away, full, locked or broken, rather than that we asked for nonsense. */
  isOutage(error: unknown): boolean;
}

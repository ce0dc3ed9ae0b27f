import type { ColumnDataType, Expression, Dialect as KyselyDialect } from 'kysely';
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

/** What differs from database to database. Nobody else asks which one it is. */
export interface Dialect {
  /** What is stored where, for the operator. */
  readonly description: string;
  readonly types: ColumnTypes;
  /** For the writer: its transactions begin with the write lock in hand. */
  readonly writing: KyselyDialect;
  /** For readers; `null`: they take turns with the writer on its one connection. */
  readonly reading: KyselyDialect | null;
  /**
   * A number that changes when another process has committed, cheap enough to ask for every `lookEvery` ms; `null`: no
   * other process can.
   */
  readonly commitMark: ((writing: Db) => Promise<number>) | null;
  readonly lookEvery: number;
  /** Runs `migrate`, which is told the schema's version and brings it further, where no second starter can. */
  lockSchema(writing: Db, migrate: (db: Db, version: number) => Promise<number>): Promise<void>;
  /** Whether an error says that the database is away, full, locked or broken, rather than that we asked for nonsense. */
  isOutage(error: unknown): boolean;
}

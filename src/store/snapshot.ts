import { type Compilable, type RawBuilder, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import { headOf } from './clock.ts';
import type { Language } from './dialects/languages/language.ts';
import type { Db } from './schema.ts';
import { compilable } from './statement.ts';

/** Rows with the clock of the very moment that they are from. */
export interface Snapshot<Row> {
  readonly clock: Clock;
  readonly rows: readonly Row[];
}

/** What {@link withClock} finds: the clock stands in the first row at least, and a row without an `id` is none of the page. */
export type Clocked<Row> =
  | ({ head: number; epoch: string; horizon: number } & (Row | { id: null }))
  | (Row & { head: null });

/**
 * A page and the clock in one statement, so that both are of one moment on every database.
 *
 * @param page - a query for rows that have an `id`.
 * @param columns - the names of what it has.
 * @param prelude - a `with` that the page refers to.
 */
export function withClock<Row extends { id: unknown }>(
  on: Db,
  language: Language,
  page: RawBuilder<unknown>,
  columns: readonly string[],
  prelude: RawBuilder<unknown> = sql``,
): Compilable<Clocked<Row>> {
  const clock = sql`${headOf(language)} as head, clock.epoch, clock.horizon`;
  return compilable(sql<Clocked<Row>>`${prelude} ${language.beside(clock, page, columns)}`, on);
}

export function snapshot<Row extends { id: unknown }>(found: readonly Clocked<Row>[]): { clock: Clock; rows: Row[] } {
  const [first] = found;
  if (!first || first.head === null) throw new Error('the clock has no row');
  return {
    clock: { seq: first.head, epoch: first.epoch, horizon: first.horizon },
    rows: found.filter((row): row is Clocked<Row> & Row => row.id !== null),
  };
}

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

type ClockColumns = { head: number; epoch: string; horizon: number };

/** A row of a page beside the clock; without any row, the clock still comes. */
export type Clocked<Row> = ClockColumns & (Row | { id: null });

/**
 * A page and the clock in one statement, so that both are of one moment on every database.
 *
 * @param page - a query for rows that have an `id`.
 * @param prelude - a `with` that the page refers to.
 */
export function withClock<Row extends { id: unknown }>(
  on: Db,
  language: Language,
  page: RawBuilder<unknown>,
  prelude: RawBuilder<unknown> = sql``,
): Compilable<Clocked<Row>> {
  return compilable(
    sql<Clocked<Row>>`
      ${prelude} select ${headOf(language)} as head, clock.epoch, clock.horizon, p.* from clock left join (${page}) p on 1 = 1`,
    on,
  );
}

export function snapshot<Row extends { id: unknown }>(found: readonly Clocked<Row>[]): { clock: Clock; rows: Row[] } {
  const [first] = found;
  if (!first) throw new Error('the clock has no row');
  return {
    clock: { seq: first.head, epoch: first.epoch, horizon: first.horizon },
    rows: found.filter((row): row is ClockColumns & Row => row.id !== null),
  };
}

import { type RawBuilder, sql } from 'kysely';
import type { Language, PeopleWalks } from './language.ts';

/** What most databases say in the same way. */
export const USUAL: Pick<
  Language,
  | 'stored'
  | 'textOf'
  | 'isolation'
  | 'takeClock'
  | 'heads'
  | 'letRest'
  | 'time'
  | 'slice'
  | 'beside'
  | 'rowsAtOnce'
  | 'migrating'
  | 'apart'
> = {
  stored: (text) => text,
  textOf: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
  isolation: {
    writing: { isolationLevel: 'read committed' },
    reading: { isolationLevel: 'repeatable read', accessMode: 'read only' },
  },
  takeClock: (on) => on.selectFrom('clock').selectAll().forUpdate(),
  heads: null,
  letRest: null,
  time: null,
  slice: (limit, offset) => (offset === undefined ? sql`limit ${limit}` : sql`limit ${limit} offset ${offset}`),
  beside: (clock, page) => sql`select ${clock}, p.* from clock left join (${page}) p on 1 = 1`,
  rowsAtOnce: 100,
  migrating: [],
  apart: (condition) => sql`(${condition}) is true`,
};

/** A condition as a value, for languages whose conditions are none. */
export function asCase(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(case when ${condition} then 1 else 0 end) = 1`;
}

/**
 * Merges walks in a language that has a subquery for each row: the k-th place is of one of the k people whose first places
 * come first, so only theirs are walked on.
 *
 * @param forEach - how it joins such a subquery.
 */
export function mergeByFirst(
  { people, walk, from, direction, reach }: PeopleWalks,
  forEach: RawBuilder<unknown>,
  slice: Language['slice'],
): RawBuilder<unknown> {
  return sql`select w.place from (
      select p.id from (${people}) p ${forEach} (${walk(sql`p.id`, from, 1)}) f order by f.place ${direction} ${slice(reach)}
    ) n ${forEach} (${walk(sql`n.id`, from, reach)}) w order by w.place ${direction} ${slice(reach)}`;
}

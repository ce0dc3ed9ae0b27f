import { type RawBuilder, sql } from 'kysely';
import type { Language, PeopleWalks } from './language.ts';

/** What most databases say in the same way. */
export const USUAL: Pick<Language, 'takesBytes' | 'isolation' | 'takeClock' | 'slice' | 'apart'> = {
  takesBytes: false,
  isolation: {
    writing: { isolationLevel: 'read committed' },
    reading: { isolationLevel: 'repeatable read', accessMode: 'read only' },
  },
  takeClock: (on) => on.selectFrom('clock').selectAll().forUpdate(),
  slice: (limit, offset) => (offset === undefined ? sql`limit ${limit}` : sql`limit ${limit} offset ${offset}`),
  apart: (condition) => sql`(${condition}) is true`,
};

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

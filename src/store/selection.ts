import { type RawBuilder, sql } from 'kysely';
import type { Selection } from '../model/filter.ts';
import { audienceHash } from './columns.ts';

/** Who asks, for what. */
export interface Sight {
  /** A user's id; `null`: nobody, who sees what is public. */
  readonly viewer: number | null;
  readonly selection: Selection;
}

/** A run of ids, nearest first to where it begins. */
export interface Span {
  /** Both marks are exclusive; `null`: no mark. */
  readonly after: number | null;
  readonly before: number | null;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
  readonly offset: number;
}

/** What of a question changes its SQL. Its values come as arguments. */
export interface Shape {
  readonly direction: 'asc' | 'desc';
  readonly after: boolean;
  readonly before: boolean;
  readonly isPublic: boolean;
  readonly isPrivate: boolean;
  readonly topics: number;
  readonly users: number;
  readonly thread: boolean;
  readonly replyTo: 'id' | 'none' | null;
  readonly people: boolean;
  /** Only ids near to where the span begins: see {@link isWorthALook}. */
  readonly isNear: boolean;
}

/** What is public, or what is private to the viewer. */
export type Scope = 'public' | 'private';

/** The values of a question, by name. */
export type Args = Readonly<Record<string, unknown>>;

/** A shape, as the key under which its statement is kept, and the values to run it with. */
export interface Question {
  readonly shape: string;
  readonly args: Args;
}

/** From so many people on, a look at the messages nearby comes before a walk for each of them. */
const MANY_USERS = 8;

/** How many ids are near: a page of what 1 in 100 writes, and a millisecond if it is in vain. */
const NEAR = 2000;

export function ask(span: Span, { viewer, selection }: Sight, isNear = false): Question {
  const { visibility, thread, replyTo, people } = selection;
  const topics = fillUp(selection.topics, null);
  // Nobody has the id 0, so walks that fill up end at once.
  const users = fillUp(selection.users, 0);
  // Any of none: nothing.
  const isNothing = selection.topics?.length === 0 || selection.users?.length === 0;
  const shape: Shape = {
    direction: span.direction,
    after: span.after !== null,
    before: span.before !== null,
    isPublic: visibility !== 'private' && people === null && !isNothing,
    isPrivate: visibility !== 'public' && viewer !== null && !isNothing,
    topics: topics.length,
    users: users.length,
    thread: thread !== null,
    replyTo: replyTo === null || replyTo === 'none' ? replyTo : 'id',
    people: people !== null,
    isNear,
  };
  const args: Record<string, unknown> = {
    after: span.after,
    before: span.before,
    near: nearOf(span),
    limit: span.limit,
    offset: span.offset,
    reach: span.limit + span.offset,
    viewer,
    thread,
    replyTo,
    people: people === null ? null : audienceHash(people),
  };
  for (const [index, topic] of topics.entries()) args[`topic${index}`] = topic;
  for (const [index, user] of users.entries()) args[`user${index}`] = user;
  return { shape: JSON.stringify(shape), args };
}

/** Where what is near ends, within the marks; of the newest, how far below the head. */
function nearOf({ after, before, direction }: Span): number {
  if (direction === 'asc') return Math.min((after ?? 0) + NEAR, (before ?? Number.MAX_SAFE_INTEGER) - 1);
  return before === null ? NEAR : Math.max(before - NEAR, after ?? 0);
}

/**
 * Hundreds of people need as many walks, though a page of what those of them who write much have written lies nearby. So
 * the ids nearby are looked through first; what is found there is the answer if {@link isSettledNearby}.
 */
export function isWorthALook({ selection: { users, topics, thread, replyTo, people } }: Sight): boolean {
  const isLed = topics !== null || thread !== null || typeof replyTo === 'number' || people !== null;
  return users !== null && users.length >= MANY_USERS && !isLed;
}

/** @param found - how many were found nearby, at the head `head`. */
export function isSettledNearby({ after, before, direction, limit, offset }: Span, found: number, head: number) {
  if (found === limit) return true;
  // The offset may have skipped what was nearby.
  if (offset > 0) return false;
  return direction === 'asc'
    ? (after ?? 0) + NEAR >= Math.min(head, before ?? head)
    : (before ?? head) - NEAR <= (after ?? 0);
}

/** The first field that narrows a question enough to walk by; the others are looked up row by row. */
export function leadOf({ thread, replyTo, people, topics, users }: Shape) {
  if (replyTo === 'id') return 'replyTo';
  if (thread) return 'thread';
  if (people) return 'people';
  if (topics > 0) return 'topics';
  return users > 0 ? 'users' : null;
}

export function scopesOf({ isPublic, isPrivate }: Shape): Scope[] {
  return [...(isPublic ? ['public' as const] : []), ...(isPrivate ? ['private' as const] : [])];
}

/** SQLite allows 500 in one compound. */
const MOST_MERGED = 100;

/** All that several walks find, in one subquery. */
export function merged(columns: RawBuilder<unknown>, walks: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  if (walks.length > MOST_MERGED) {
    const parts = Array.from({ length: Math.ceil(walks.length / MOST_MERGED) }, (_, part) =>
      merged(columns, walks.slice(part * MOST_MERGED, (part + 1) * MOST_MERGED)),
    );
    return merged(columns, parts);
  }
  return sql.join(
    walks.map((walk) => sql`select ${columns} from (${walk}) as w`),
    sql` union `,
  );
}

/**
 * The marks of a span, as conditions on `column`: one from below and one from above at most. Of two, a database would walk
 * to one and only look at the other.
 *
 * @param isAboveZero - 0 stands for nothing in this column.
 */
export function rangeOf(
  column: RawBuilder<unknown>,
  { direction, after, before, isNear }: Shape,
  args: Args,
  isAboveZero = false,
): RawBuilder<unknown>[] {
  const near = args['near'];
  const nearHead = sql`(select case when seq > ${near} then seq - ${near} else 0 end from clock)`;
  const isNearBelow = isNear && direction === 'desc' && (before || !after);
  const from = isNearBelow ? (before ? near : nearHead) : after ? args['after'] : null;
  const from0 = from === null && isAboveZero ? 0 : from;
  const to = isNear && direction === 'asc' ? sql`<= ${near}` : before ? sql`< ${args['before']}` : null;
  return [...(from0 === null ? [] : [sql`${column} > ${from0}`]), ...(to === null ? [] : [sql`${column} ${to}`])];
}

export function values(count: number, name: string, args: Args): RawBuilder<unknown>[] {
  return Array.from({ length: count }, (_, index) => sql`${args[`${name}${index}`]}`);
}

/**
 * The thread asked for, or NULL if it is not of this scope or its people are others: a walk that begins with that ends
 * there. A thread has one audience, so its latest message can be seen by whoever sees any.
 */
export function threadSeen(scope: Scope, { people }: Shape, args: Args): RawBuilder<unknown> {
  const thread = sql`from threads t`;
  if (people) {
    return sql`(select t.id ${thread} join audiences h on h.id = t.audience where t.id = ${args['thread']} and h.hash = ${args['people']})`;
  }
  return scope === 'public'
    ? sql`(select t.id ${thread} where t.id = ${args['thread']} and t.audience = 0)`
    : sql`(select t.id ${thread} join recipients r on r.message_id = t.latest where t.id = ${args['thread']} and r.user_id = ${args['viewer']})`;
}

/** A name for the people asked for: each walk by a topic looks for all of them, and SQLite allows 32,766 parameters. */
export function preludeOf(shapeKey: string, args: Args): RawBuilder<unknown> {
  const { users }: Shape = JSON.parse(shapeKey);
  if (users === 0) return sql``;
  return sql`with asked as (select u.id from users u where u.id in (${sql.join(values(users, 'user', args))}))`;
}

/** Whether somebody is among the people asked for; a sum, and no mere condition, so that no walk is led or joined by it. */
export function isAsked(table: 'm' | 't'): RawBuilder<unknown> {
  return sql`(${sql.raw(table)}.user_id + 0 in (select id from asked)) is true`;
}

/** The id of the set of people asked for. */
export function audienceAsked(args: Args): RawBuilder<unknown> {
  return sql`(select h.id from audiences h where h.hash = ${args['people']})`;
}

/** Lists filled up to a power of two, with `filler` or else with what they have, so that a few shapes serve all lengths. */
function fillUp<Value>(list: readonly Value[] | null, filler: Value | null): Value[] {
  if (list === null || list.length === 0) return [];
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return Array.from({ length }, (_, index) => list[index] ?? filler ?? (list[index % list.length] as Value));
}

import { type RawBuilder, sql } from 'kysely';
import type { Selection } from '../model/filter.ts';
import { audienceHash } from './columns.ts';
import type { Language } from './dialects/languages/language.ts';
import { PART, type Part } from './schema.ts';

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
  /** Of those, how many to walk by; 0: all. */
  readonly nearest: number;
  readonly thread: boolean;
  readonly replyTo: 'id' | 'none' | null;
  readonly people: boolean;
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

/** Nobody has this id. */
const NOBODY = 0;

/** @param walkedBy - whom to walk by of the people asked for; `null`: all of them. */
export function ask(span: Span, { viewer, selection }: Sight, walkedBy: readonly number[] | null = null): Question {
  const { visibility, thread, replyTo, people } = selection;
  const topics = fillUp(selection.topics, null);
  // Walks that fill up end at once.
  const users = fillUp(selection.users, NOBODY);
  const nearest = fillUp(walkedBy?.length === 0 ? [NOBODY] : walkedBy, NOBODY);
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
    nearest: nearest.length,
    thread: thread !== null,
    replyTo: replyTo === null || replyTo === 'none' ? replyTo : 'id',
    people: people !== null,
  };
  const args: Record<string, unknown> = {
    after: span.after,
    before: span.before,
    from: span.direction === 'asc' ? (span.after ?? 0) : (span.before ?? Number.MAX_SAFE_INTEGER),
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
  for (const [index, user] of nearest.entries()) args[`nearest${index}`] = user;
  return { shape: JSON.stringify(shape), args };
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

/** What is public is walked apart by its part in its thread: so no walk passes over others. */
export function partsOf({ replyTo }: Shape): readonly Part[] {
  return replyTo === 'none' ? [PART.alone, PART.first] : [PART.alone, PART.first, PART.rest];
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
    walks.map((walk) => sql`select ${columns} from (${walk}) w`),
    sql` union `,
  );
}

/** Where a walk begins and ends; both are exclusive, and `null`: no mark. */
export interface Marks {
  readonly after: unknown;
  readonly before: unknown;
}

export function marksOf({ after, before }: Shape, args: Args): Marks {
  return { after: after ? args['after'] : null, before: before ? args['before'] : null };
}

/** The same, for a walk that goes on past `mark`. */
function marksPast(mark: unknown, shape: Shape, args: Args): Marks {
  const marks = marksOf(shape, args);
  return shape.direction === 'asc' ? { ...marks, after: mark } : { ...marks, before: mark };
}

/**
 * Marks as conditions on `column`: one from below and one from above at most. Of two, a database would walk to one and only
 * look at the other.
 *
 * @param isAboveZero - 0 stands for nothing in this column.
 */
export function rangeOf(
  column: RawBuilder<unknown>,
  { after, before }: Marks,
  isAboveZero = false,
): RawBuilder<unknown>[] {
  const from = after === null && isAboveZero ? 0 : after;
  return [
    ...(from === null ? [] : [sql`${column} > ${from}`]),
    ...(before === null ? [] : [sql`${column} < ${before}`]),
  ];
}

export function values(count: number, name: string, args: Args): RawBuilder<unknown>[] {
  return Array.from({ length: count }, (_, index) => sql`${args[`${name}${index}`]}`);
}

/**
 * The thread asked for, or NULL if it is not of this scope or its people are others: a walk that begins with that ends
 * there. A thread has one audience, so its latest message can be seen by whoever sees any.
 */
export function threadSeen(scope: Scope, { people }: Shape, args: Args): RawBuilder<unknown> {
  const thread = sql`from standings t`;
  if (people) {
    return sql`(select t.id ${thread} join audiences h on h.id = t.audience where t.id = ${args['thread']} and h.hash = ${args['people']})`;
  }
  return scope === 'public'
    ? sql`coalesce((select t.id ${thread} where t.id = ${args['thread']} and t.audience = 0), (select f.id from messages f where ${isAlone('f')} and f.id = ${args['thread']}))`
    : sql`(select t.id ${thread} join recipients r on r.message_id = t.latest where t.id = ${args['thread']} and r.user_id = ${args['viewer']})`;
}

/** Whether a message is all that there is of its thread. */
export function isAlone(table: 'm' | 'f'): RawBuilder<unknown> {
  return sql`${sql.raw(table)}.part = ${sql.lit(PART.alone)} and ${sql.raw(table)}.deleted = 0`;
}

/** A name for the people asked for: each walk by a topic looks for all of them, and SQLite allows 32,766 parameters. */
export function preludeOf(shapeKey: string, args: Args): RawBuilder<unknown> {
  const { users }: Shape = JSON.parse(shapeKey);
  if (users === 0) return sql``;
  return sql`with asked as (select u.id from users u where u.id in (${sql.join(values(users, 'user', args))}))`;
}

/** Whether a user is among the people asked for; a sum, and no mere condition, so that no walk is led or joined by it. */
export function isAsked({ apart }: Language, user: RawBuilder<unknown>): RawBuilder<unknown> {
  return apart(sql`${user} + 0 in (select id from asked)`);
}

/** A walk of one person. */
export type PersonWalk = (person: RawBuilder<unknown>, marks: Marks, limit: unknown) => RawBuilder<unknown>;

/** The first places of all people asked for together; `null`: there is but one of them, or this database has no way. */
export function mergeOfPeople(
  { mergeWalks }: Language,
  shape: Shape,
  args: Args,
  walk: PersonWalk,
): RawBuilder<unknown> | null {
  if (shape.users === 1 || mergeWalks === null) return null;
  return mergeWalks({
    people: sql`select id from asked`,
    walk: (person, past, limit) => walk(person, marksPast(past, shape, args), limit),
    from: args['from'],
    direction: sql.raw(shape.direction),
    reach: args['reach'],
  });
}

/** The people to walk by, one by one. */
export function walkers({ users, nearest }: Shape, args: Args): RawBuilder<unknown>[] {
  return nearest > 0 ? values(nearest, 'nearest', args) : values(users, 'user', args);
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

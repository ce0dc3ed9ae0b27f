import { type RawBuilder, sql } from 'kysely';
import type { Selection } from '../model/filter.ts';

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
interface Shape {
  readonly direction: 'asc' | 'desc';
  readonly after: boolean;
  readonly before: boolean;
  readonly isPublic: boolean;
  readonly isPrivate: boolean;
  readonly topics: number;
  readonly users: number;
  readonly thread: boolean;
  readonly replyTo: boolean;
  readonly people: boolean;
}

/** The values of a question, by name. */
export type Args = Readonly<Record<string, unknown>>;

/** The shape of a question, as the key under which its statement is kept, and the values to run it with. */
export function ask(span: Span, { viewer, selection }: Sight): { shape: string; args: Args } {
  const { visibility, thread, replyTo, people } = selection;
  const topics = fillUp(selection.topics);
  const users = fillUp(selection.users);
  const shape: Shape = {
    direction: span.direction,
    after: span.after !== null,
    before: span.before !== null,
    isPublic: visibility !== 'private' && people === null,
    isPrivate: visibility !== 'public' && viewer !== null,
    topics: topics.length,
    users: users.length,
    thread: thread !== null,
    replyTo: replyTo !== null,
    people: people !== null,
  };
  const args: Record<string, unknown> = {
    after: span.after,
    before: span.before,
    limit: span.limit,
    offset: span.offset,
    reach: span.limit + span.offset,
    viewer,
    thread,
    replyTo: replyTo === 'none' ? 0 : replyTo,
    people: people === null ? null : JSON.stringify(people),
  };
  for (const [index, topic] of topics.entries()) args[`topic${index}`] = topic;
  for (const [index, user] of users.entries()) args[`user${index}`] = user;
  return { shape: JSON.stringify(shape), args };
}

/**
 * The ids that a question is about, as a subquery. What is public and what is private to the viewer are walked apart,
 * each along an index of its own and no further than `reach`, then merged: one walk with OR would scan.
 */
export function selectedIds(shapeKey: string, args: Args): RawBuilder<{ id: number }> {
  const shape: Shape = JSON.parse(shapeKey);
  const scopes = [...(shape.isPublic ? ['public' as const] : []), ...(shape.isPrivate ? ['private' as const] : [])];
  const walks = scopes.flatMap((scope) => walksOf(scope, shape, args));
  const direction = sql.raw(shape.direction);

  if (walks.length === 0) return sql`select id from messages where 1 = 0`;
  const merged = sql.join(
    walks.map((walk) => sql`select id from (${walk}) as w`),
    sql` union `,
  );
  return sql`select id from (${merged}) as walked order by id ${direction} limit ${args['limit']} offset ${args['offset']}`;
}

/** One walk for each topic, or each person: whatever the index begins with. */
function walksOf(scope: 'public' | 'private', shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const topics = values(shape.topics, 'topic', args);
  const users = values(shape.users, 'user', args);

  if (shape.people) {
    return [
      walk(
        shape,
        args,
        'messages',
        sql`m.audience = (select id from audiences where people = ${args['people']}) and m.deleted = 0`,
      ),
    ];
  }
  if (shape.topics > 0) {
    return topics.map((topic) => walk(shape, args, 'message_topics', sql`s.topic = ${topic} and s.viewer = ${viewer}`));
  }
  if (scope === 'private' && !shape.thread && !shape.replyTo) {
    if (shape.users === 0) return [walk(shape, args, 'recipients', sql`s.user_id = ${viewer}`)];
    return users.map((user) => walk(shape, args, 'recipients', sql`s.user_id = ${viewer} and s.author_id = ${user}`));
  }

  const isSeen =
    scope === 'public'
      ? sql`m.audience = 0 and m.deleted = 0`
      : sql`m.audience > 0 and m.deleted = 0 and exists (select 1 from recipients r where r.user_id = ${viewer} and r.message_id = m.id)`;
  if (shape.users > 0 && !shape.thread && !shape.replyTo) {
    return users.map((user) => walk(shape, args, 'messages', sql`m.user_id = ${user} and ${isSeen}`));
  }
  return [walk(shape, args, 'messages', isSeen)];
}

type Source = 'messages' | 'message_topics' | 'recipients';

/** A walk along one index. The other fields of the filter are looked up message by message. */
function walk(shape: Shape, args: Args, source: Source, start: RawBuilder<unknown>): RawBuilder<unknown> {
  const id = sql.raw(source === 'messages' ? 'm.id' : 's.message_id');
  const rest = [
    ...(shape.thread ? [sql`m.thread = ${args['thread']}`] : []),
    ...(shape.replyTo ? [sql`m.reply_to = ${args['replyTo']}`] : []),
    ...(shape.users > 0 ? [sql`m.user_id in (${sql.join(values(shape.users, 'user', args))})`] : []),
  ];
  const range = [
    ...(shape.after ? [sql`${id} > ${args['after']}`] : []),
    ...(shape.before ? [sql`${id} < ${args['before']}`] : []),
  ];
  const from =
    source === 'messages'
      ? sql`messages m`
      : sql`${sql.raw(source)} s${rest.length > 0 ? sql` join messages m on m.id = s.message_id` : sql``}`;
  const where = sql.join([start, ...rest, ...range], sql` and `);

  return sql`select ${id} as id from ${from} where ${where} order by ${id} ${sql.raw(shape.direction)} limit ${args['reach']}`;
}

function values(count: number, name: string, args: Args): RawBuilder<unknown>[] {
  return Array.from({ length: count }, (_, index) => sql`${args[`${name}${index}`]}`);
}

/** Lists filled up to a power of two with what they have, so that a few shapes serve all lengths. */
function fillUp<Value>(list: readonly Value[] | null): Value[] {
  if (list === null || list.length === 0) return [];
  const length = 2 ** Math.ceil(Math.log2(list.length));
  return Array.from({ length }, (_, index) => list[index % list.length] as Value);
}

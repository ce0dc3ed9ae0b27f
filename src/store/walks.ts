import { type RawBuilder, sql } from 'kysely';
import {
  type Args,
  audienceAsked,
  isAsked,
  leadOf,
  merged,
  rangeOf,
  type Scope,
  type Shape,
  scopesOf,
  threadSeen,
  values,
} from './selection.ts';

/**
 * The ids of the messages that a question is about, as a subquery. What is public and what is private to the viewer are
 * walked apart, each along an index of its own and no further than `reach`, then merged: one walk with OR would scan.
 */
export function selectedIds(shapeKey: string, args: Args): RawBuilder<{ id: number }> {
  const shape: Shape = JSON.parse(shapeKey);
  const walks = scopesOf(shape).flatMap((scope) => walksOf(scope, shape, args));
  if (walks.length === 0) return sql`select id from messages where id = 0`;

  return sql`select id from (${merged(sql`id`, walks)}) as walked order by id ${sql.raw(shape.direction)} limit ${args['limit']} offset ${args['offset']}`;
}

/** Mostly one; one for each topic, or each person, where the index begins with that. */
function walksOf(scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const topics = values(shape.topics, 'topic', args);
  const users = values(shape.users, 'user', args);

  switch (leadOf(shape)) {
    case 'thread':
      return [walk(shape, args, 'messages', sql`m.thread = ${threadSeen(scope, shape, args)} and m.deleted = 0`)];
    case 'replyTo': {
      const audience = repliesSeen(scope, shape, args);
      const start = sql`m.reply_to = ${args['replyTo']} and m.audience = ${audience} and m.deleted = 0`;
      return [walk(shape, args, 'messages', start)];
    }
    case 'people':
      return [walk(shape, args, 'messages', sql`m.audience = ${audienceAsked(args)} and m.deleted = 0`)];
    case 'topics':
      return topics.map((topic) =>
        walk(shape, args, 'message_topics', sql`s.topic = ${topic} and s.viewer = ${viewer}`),
      );
    case 'users':
      if (shape.isNear) return [walk(shape, args, ...all(scope, args))];
      return scope === 'public'
        ? users.map((user) =>
            walk(shape, args, 'messages', sql`m.user_id = ${user} and m.audience = 0 and m.deleted = 0`),
          )
        : users.map((user) => walk(shape, args, 'recipients', sql`s.user_id = ${viewer} and s.author_id = ${user}`));
    case null:
      if (scope === 'public' && shape.replyTo === 'none')
        return [walk(shape, args, 'messages', sql`m.reply_to = 0 and m.audience = 0 and m.deleted = 0`)];
      return [walk(shape, args, ...all(scope, args))];
  }
}

type Source = 'messages' | 'message_topics' | 'recipients';

function all(scope: Scope, args: Args): [Source, RawBuilder<unknown>] {
  return scope === 'public'
    ? ['messages', sql`m.audience = 0 and m.deleted = 0`]
    : ['recipients', sql`s.user_id = ${args['viewer']}`];
}

/** Answers have the audience of what they answer; NULL, if that is not of this scope. */
function repliesSeen(scope: Scope, { people }: Shape, args: Args): RawBuilder<unknown> {
  if (people) return audienceAsked(args);
  if (scope === 'public') return sql`0`;
  return sql`(select t.audience from messages p join threads t on t.id = p.thread join recipients r on r.message_id = t.latest where p.id = ${args['replyTo']} and r.user_id = ${args['viewer']})`;
}

/** A walk along one index. */
function walk(shape: Shape, args: Args, source: Source, start: RawBuilder<unknown>): RawBuilder<unknown> {
  const id = sql.raw(source === 'messages' ? 'm.id' : 's.message_id');
  const rest = restOf(shape, args);
  const from =
    source === 'messages'
      ? sql`messages m`
      : sql`${sql.raw(source)} s${rest.length > 0 ? sql` join messages m on m.id = s.message_id` : sql``}`;
  const where = sql.join([start, ...rest, ...rangeOf(id, shape, args)], sql` and `);

  return sql`select ${id} as id from ${from} where ${where} order by ${id} ${sql.raw(shape.direction)} limit ${args['reach']}`;
}

/**
 * The fields that no index has led to. They are sums, so that no database is tempted to walk by another index and to sort
 * what it finds.
 */
function restOf(shape: Shape, args: Args): RawBuilder<unknown>[] {
  const lead = leadOf(shape);
  const topics = sql.join(values(shape.topics, 'topic', args));
  const viewer = sql`(case when m.audience = 0 then 0 else ${args['viewer']} end)`;
  const isWalkedByUser = lead === 'users' && !shape.isNear;

  return [
    ...(shape.users > 0 && !isWalkedByUser ? [isAsked('m')] : []),
    ...(shape.replyTo === 'none' ? [sql`m.reply_to + 0 = 0`] : []),
    ...(shape.thread && lead !== 'thread' ? [sql`m.thread + 0 = ${args['thread']}`] : []),
    ...(shape.topics > 0 && lead !== 'topics'
      ? [
          sql`exists (select 1 from message_topics x where x.topic in (${topics}) and x.viewer = ${viewer} and x.message_id = m.id)`,
        ]
      : []),
  ];
}

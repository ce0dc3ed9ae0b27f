import { type RawBuilder, sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import {
  type Args,
  audienceAsked,
  isAsked,
  leadOf,
  type Marks,
  marksOf,
  merged,
  mergeOfPeople,
  type PersonWalk,
  rangeOf,
  type Scope,
  type Shape,
  scopesOf,
  threadSeen,
  values,
  walkers,
} from './selection.ts';

/**
 * The ids of the messages that a question is about, as a subquery. What is public and what is private to the viewer are
 * walked apart, each along an index of its own and no further than `reach`, then merged: one walk with OR would scan.
 */
export function selectedIds(language: Language, shapeKey: string, args: Args): RawBuilder<{ id: number }> {
  const shape: Shape = JSON.parse(shapeKey);
  const walks = scopesOf(shape).flatMap((scope) => walksOf(language, scope, shape, args));
  if (walks.length === 0) return sql`select id from messages where id = 0`;

  return sql`select place as id from (${merged(sql`place`, walks)}) walked order by place ${sql.raw(shape.direction)} ${language.slice(args['limit'], args['offset'])}`;
}

/** Mostly one; one for each topic, where the index begins with that, and for each person, where they cannot be merged. */
function walksOf(language: Language, scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const topics = values(shape.topics, 'topic', args);

  switch (leadOf(shape)) {
    case 'thread':
      return [
        walk(language, shape, args, 'messages', sql`m.thread = ${threadSeen(scope, shape, args)} and m.deleted = 0`),
      ];
    case 'replyTo': {
      const audience = repliesSeen(scope, shape, args);
      const start = sql`m.reply_to = ${args['replyTo']} and m.audience = ${audience} and m.deleted = 0`;
      return [walk(language, shape, args, 'messages', start)];
    }
    case 'people':
      return [walk(language, shape, args, 'messages', sql`m.audience = ${audienceAsked(args)} and m.deleted = 0`)];
    case 'topics':
      return topics.map((topic) =>
        walk(language, shape, args, 'message_topics', sql`s.topic = ${topic} and s.viewer = ${viewer}`),
      );
    case 'users': {
      const walkBy = walkByPerson(language, scope, shape, args);
      const merge = mergeOfPeople(language, shape, args, walkBy);
      return merge ? [merge] : walkers(shape, args).map((user) => walkBy(user, marksOf(shape, args), args['reach']));
    }
    case null:
      if (scope === 'public' && shape.replyTo === 'none')
        return [walk(language, shape, args, 'messages', sql`m.reply_to = 0 and m.audience = 0 and m.deleted = 0`)];
      return [
        scope === 'public'
          ? walk(language, shape, args, 'messages', sql`m.audience = 0 and m.deleted = 0`)
          : walk(language, shape, args, 'recipients', sql`s.user_id = ${viewer}`),
      ];
  }
}

/** A walk through what one person has written. */
export function walkByPerson(language: Language, scope: Scope, shape: Shape, args: Args): PersonWalk {
  return (person, marks, limit) =>
    scope === 'public'
      ? walk(
          language,
          shape,
          args,
          'messages',
          sql`m.user_id = ${person} and m.audience = 0 and m.deleted = 0`,
          marks,
          limit,
        )
      : walk(
          language,
          shape,
          args,
          'recipients',
          sql`s.user_id = ${args['viewer']} and s.author_id = ${person}`,
          marks,
          limit,
        );
}

type Source = 'messages' | 'message_topics' | 'recipients';

/** Answers have the audience of what they answer; NULL, if that is not of this scope. */
function repliesSeen(scope: Scope, { people }: Shape, args: Args): RawBuilder<unknown> {
  if (people) return audienceAsked(args);
  if (scope === 'public') return sql`0`;
  return sql`(select t.audience from messages p join threads t on t.id = p.thread join recipients r on r.message_id = t.latest where p.id = ${args['replyTo']} and r.user_id = ${args['viewer']})`;
}

/** A walk along one index. */
function walk(
  language: Language,
  shape: Shape,
  args: Args,
  source: Source,
  start: RawBuilder<unknown>,
  marks: Marks = marksOf(shape, args),
  limit: unknown = args['reach'],
): RawBuilder<unknown> {
  const id = sql.raw(source === 'messages' ? 'm.id' : 's.message_id');
  const rest = restOf(language, shape, args);
  const from =
    source === 'messages'
      ? sql`messages m`
      : sql`${sql.raw(source)} s${rest.length > 0 ? sql` join messages m on m.id = s.message_id` : sql``}`;
  const where = sql.join([start, ...rangeOf(id, marks), ...rest], sql` and `);

  return sql`select ${id} as place from ${from} where ${where} order by ${id} ${sql.raw(shape.direction)} ${language.slice(limit)}`;
}

/**
 * The fields that no index has led to. They are sums, so that no database is tempted to walk by another index and to sort
 * what it finds.
 */
function restOf(language: Language, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const lead = leadOf(shape);
  const topics = sql.join(values(shape.topics, 'topic', args));
  const viewer = sql`(case when m.audience = 0 then 0 else ${args['viewer']} end)`;
  // Apart, so that the index alone leads to the mark, and so that PostgreSQL does not think it rare enough for a sort.
  const replyTo = lead === 'users' ? sql`(select r.reply_to from messages r where r.id = m.id)` : sql`m.reply_to`;

  return [
    ...(shape.users > 0 && lead !== 'users' ? [isAsked(language, 'm')] : []),
    ...(shape.replyTo === 'none' ? [sql`${replyTo} + 0 = 0`] : []),
    ...(shape.thread && lead !== 'thread' ? [sql`m.thread + 0 = ${args['thread']}`] : []),
    ...(shape.topics > 0 && lead !== 'topics'
      ? [
          sql`exists (select 1 from message_topics x where x.topic in (${topics}) and x.viewer = ${viewer} and x.message_id = m.id)`,
        ]
      : []),
  ];
}

import { type RawBuilder, sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import { PART, type Part } from './schema.ts';
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
  partsOf,
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

/** Of what is public, one for each part; one for each topic, where the index begins with that, and for each person, where they cannot be merged. */
function walksOf(language: Language, scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const topics = values(shape.topics, 'topic', args);

  switch (leadOf(shape)) {
    case 'thread': {
      const thread = threadSeen(scope, shape, args);
      return [
        walk(language, shape, args, 'messages', sql`m.id = ${thread} and m.deleted = 0`),
        walk(language, shape, args, 'follow_ups', sql`s.thread = ${thread}`),
      ];
    }
    case 'replyTo': {
      const audience = repliesSeen(scope, shape, args);
      return [
        walk(language, shape, args, 'follow_ups', sql`s.reply_to = ${args['replyTo']} and s.audience = ${audience}`),
      ];
    }
    case 'people':
      return [walk(language, shape, args, 'messages', isOf(sql`m.audience = ${audienceAsked(args)}`, PART.rest))];
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
      return scope === 'public'
        ? partsOf(shape).map((part) => walk(language, shape, args, 'messages', isOf(sql`m.audience = 0`, part)))
        : [walk(language, shape, args, 'recipients', sql`s.user_id = ${viewer}`)];
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

function isOf(start: RawBuilder<unknown>, part: Part): RawBuilder<unknown> {
  return sql`${start} and m.part = ${sql.lit(part)} and m.deleted = 0`;
}

type Source = 'messages' | 'follow_ups' | 'message_topics' | 'recipients';

/** Answers have the audience of what they answer; NULL, if that is not of this scope. */
function repliesSeen(scope: Scope, { people }: Shape, args: Args): RawBuilder<unknown> {
  if (people) return audienceAsked(args);
  if (scope === 'public') return sql`0`;
  return sql`(select t.audience from messages p join standings t on t.id = p.thread join recipients r on r.message_id = t.latest where p.id = ${args['replyTo']} and r.user_id = ${args['viewer']})`;
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
  const rest = restOf(language, source, shape, args);
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
function restOf(language: Language, source: Source, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const lead = leadOf(shape);
  const topics = sql.join(values(shape.topics, 'topic', args));
  const viewer = sql`(case when m.audience = 0 then 0 else ${args['viewer']} end)`;
  return [
    ...(shape.users > 0 && lead !== 'users' ? [isAsked(language, sql`m.user_id`)] : []),
    ...(shape.replyTo === 'none' ? answersNothing(source, lead) : []),
    ...(shape.thread && lead !== 'thread' ? [sql`m.thread + 0 = ${args['thread']}`] : []),
    ...(shape.topics > 0 && lead !== 'topics'
      ? [
          sql`exists (select 1 from message_topics x where x.topic in (${topics}) and x.viewer = ${viewer} and x.message_id = m.id)`,
        ]
      : []),
  ];
}

function answersNothing(source: Source, lead: ReturnType<typeof leadOf>): RawBuilder<unknown>[] {
  if (source === 'messages' && lead === 'users') return [sql`m.part + 0 < ${sql.lit(PART.rest)}`];
  // Apart, so that the index alone leads to the mark, and so that PostgreSQL does not think it rare enough for a sort.
  if (lead === 'users') return [sql`(select r.reply_to from messages r where r.id = m.id) + 0 = 0`];
  // What is walked to by its part, or as the first of its thread, answers nothing.
  return source === 'messages' && lead !== 'people' ? [] : [sql`m.reply_to + 0 = 0`];
}

import { type RawBuilder, sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import { LATEST_COLUMNS, type SingleRow } from './messages.ts';
import { byNearest } from './nearest.ts';
import { type Db, MESSAGE_COLUMNS } from './schema.ts';
import {
  type Args,
  ask,
  audienceAsked,
  isAsked,
  leadOf,
  marksOf,
  merged,
  mergeOfPeople,
  type PersonWalk,
  preludeOf,
  rangeOf,
  type Scope,
  type Shape,
  type Sight,
  type Span,
  scopesOf,
  threadSeen,
  values,
  walkers,
} from './selection.ts';
import { type Snapshot, snapshot, withClock } from './snapshot.ts';
import { statements } from './statement.ts';

/** Reads of threads, each one statement or in one snapshot. */
export interface ThreadReads {
  /**
   * The first message, or the oldest left, of each thread, with how the thread stands, in the order of the span, which is
   * one of latest messages. What is asked for is how the thread began: in which topic, by whom, answering nothing.
   */
  list(span: Span, sight: Sight): Promise<Snapshot<SingleRow>>;
}

/** @param on - the database that the statements are compiled for, and whose language it is. */
export function threadReads(on: Db, language: Language): (db: Db) => ThreadReads {
  const list = statements((shape: string, args: Args) =>
    withClock<SingleRow>(
      on,
      language,
      sql`select m.*, a.people, t.posts, l.id as latest_id, l.text as latest_text, l.user_id as latest_user_id, l.created as latest_created
        from (${selectedThreads(language, shape, args)}) i
        join threads t on t.id = i.id
        join messages m on m.id = (select min(f.id) from messages f where f.thread = i.id and f.deleted = 0)
        left join audiences a on a.id = m.audience
        join messages l on l.id = i.latest`,
      [...MESSAGE_COLUMNS, 'posts', ...LATEST_COLUMNS],
      preludeOf(shape, args),
    ),
  );

  // What is private is not walked by person.
  const nearest = byNearest(on, language, ['public'], (_language, _scope, shape) => walkByPerson(language, shape));

  return (db) => ({
    list: (span, sight) =>
      nearest(db, span, sight, async (snapshotted, people) => {
        const { shape, args } = ask(span, sight, people);
        const { clock, rows } = snapshot<SingleRow>(await list(shape)(snapshotted, args));
        const sign = span.direction === 'asc' ? 1 : -1;
        return { clock, rows: rows.sort((left, right) => sign * (latestOf(left) - latestOf(right))) };
      }),
  });
}

function latestOf({ latest_id }: SingleRow): number {
  return latest_id ?? 0;
}

/** The ids of the threads that a question is about, and their latest messages, walked and merged as messages are. */
function selectedThreads(language: Language, shapeKey: string, args: Args): RawBuilder<unknown> {
  const shape: Shape = JSON.parse(shapeKey);
  const walks = scopesOf(shape).flatMap((scope) => walksOf(language, scope, shape, args));
  if (walks.length === 0) return sql`select id, latest from threads where id = 0`;

  return sql`select id, latest from (${merged(sql`id, latest`, walks)}) walked order by latest ${sql.raw(shape.direction)} ${language.slice(args['limit'], args['offset'])}`;
}

function walksOf(language: Language, scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const rest = [
    ...(shape.thread ? [sql`t.id + 0 = ${args['thread']}`] : []),
    ...(shape.users > 0 ? [isAsked(language, 't')] : []),
  ];
  const inTopics = sql`exists (select 1 from activity x where x.viewer = ${viewer} and x.topic in (${sql.join(values(shape.topics, 'topic', args))}) and x.latest = t.latest)`;
  const restAndTopics = shape.topics > 0 ? [...rest, inTopics] : rest;

  switch (leadOf(shape)) {
    case 'replyTo':
      // No thread began with an answer.
      return [];
    case 'thread':
      return [threadWalk(language, sql`t.id = ${threadSeen(scope, shape, args)}`, restAndTopics, shape, args)];
    case 'people':
      return [threadWalk(language, sql`t.audience = ${audienceAsked(args)}`, restAndTopics, shape, args)];
    case 'topics':
      return values(shape.topics, 'topic', args).map((topic) =>
        activityWalk(language, viewer, topic, rest, shape, args),
      );
    case 'users':
      return scope === 'public'
        ? walksOfPeople(language, shape, args)
        : [activityWalk(language, viewer, sql`${''}`, rest, shape, args)];
    case null:
      return scope === 'public'
        ? [threadWalk(language, sql`t.audience = 0`, [], shape, args)]
        : [activityWalk(language, viewer, sql`${''}`, [], shape, args)];
  }
}

/** What is public of the people asked for. No two threads have the same latest message, so that leads back to them. */
function walksOfPeople(language: Language, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const merge = mergeOfPeople(language, shape, args, walkByPerson(language, shape));
  return merge
    ? [
        sql`select (select t.id from threads t where t.audience = 0 and t.latest = p.place) as id, p.place as latest from (${merge}) p`,
      ]
    : walkers(shape, args).map((user) => threadWalk(language, isBy(user), [], shape, args));
}

/** A walk through what one person has begun for everybody. */
function walkByPerson(language: Language, shape: Shape): PersonWalk {
  return (person, marks, limit) => {
    const where = sql.join([isBy(person), ...rangeOf(sql`t.latest`, marks, true)], sql` and `);
    return sql`select t.latest as place from threads t where ${where} ${ending(language, 't', shape, limit)}`;
  };
}

function isBy(person: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`t.user_id = ${person} and t.audience = 0`;
}

/** A thread of which nothing is left has 0 for its latest message. */
function threadWalk(
  language: Language,
  start: RawBuilder<unknown>,
  rest: readonly RawBuilder<unknown>[],
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  const where = [start, ...rest, ...rangeOf(sql`t.latest`, marksOf(shape, args), true)];
  return sql`select t.id, t.latest from threads t where ${sql.join(where, sql` and `)} ${ending(language, 't', shape, args['reach'])}`;
}

function activityWalk(
  language: Language,
  viewer: RawBuilder<unknown>,
  topic: RawBuilder<unknown>,
  rest: readonly RawBuilder<unknown>[],
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  const where = [
    sql`s.viewer = ${viewer} and s.topic = ${topic}`,
    ...rest,
    ...rangeOf(sql`s.latest`, marksOf(shape, args)),
  ];
  const join = rest.length > 0 ? sql` join threads t on t.id = s.thread` : sql``;
  return sql`select s.thread as id, s.latest from activity s${join} where ${sql.join(where, sql` and `)} ${ending(language, 's', shape, args['reach'])}`;
}

function ending({ slice }: Language, table: string, { direction }: Shape, limit: unknown): RawBuilder<unknown> {
  return sql`order by ${sql.raw(table)}.latest ${sql.raw(direction)} ${slice(limit)}`;
}

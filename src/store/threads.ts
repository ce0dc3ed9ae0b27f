import { type RawBuilder, sql } from 'kysely';
import type { SingleRow } from './messages.ts';
import type { Db } from './schema.ts';
import {
  type Args,
  ask,
  audienceAsked,
  isAsked,
  isSettledNearby,
  isWorthALook,
  leadOf,
  merged,
  preludeOf,
  type Question,
  rangeOf,
  type Scope,
  type Shape,
  type Sight,
  type Span,
  scopesOf,
  threadSeen,
  values,
} from './selection.ts';
import { type Snapshot, snapshot, withClock } from './snapshot.ts';
import { statements } from './statement.ts';

/** Reads of threads, each one statement. */
export interface ThreadReads {
  /**
   * The first message, or the oldest left, of each thread, with how the thread stands, in the order of the span, which is
   * one of latest messages. What is asked for is how the thread began: in which topic, by whom, answering nothing.
   */
  list(span: Span, sight: Sight): Promise<Snapshot<SingleRow>>;
}

/** @param on - the database that the statements are compiled for. */
export function threadReads(on: Db): (db: Db) => ThreadReads {
  const list = statements((shape: string, args: Args) =>
    withClock<SingleRow>(
      on,
      sql`select m.*, a.people, t.posts, l.id as latest_id, l.text as latest_text, l.user_id as latest_user_id, l.created as latest_created
        from (${selectedThreads(shape, args)}) as i
        join threads t on t.id = i.id
        join messages m on m.id = (select min(f.id) from messages f where f.thread = i.id and f.deleted = 0)
        left join audiences a on a.id = m.audience
        join messages l on l.id = i.latest`,
      preludeOf(shape, args),
    ),
  );

  return (db) => ({
    async list(span, sight) {
      const read = async ({ shape, args }: Question) => {
        const { clock, rows } = snapshot<SingleRow>(await list(shape)(db, args));
        const sign = span.direction === 'asc' ? 1 : -1;
        return { clock, rows: rows.sort((left, right) => sign * (latestOf(left) - latestOf(right))) };
      };
      if (isWorthALook(sight)) {
        const page = await read(ask(span, sight, true));
        if (isSettledNearby(span, page.rows.length, page.clock.seq)) return page;
      }
      return read(ask(span, sight));
    },
  });
}

function latestOf({ latest_id }: SingleRow): number {
  return latest_id ?? 0;
}

/** The ids of the threads that a question is about, and their latest messages, walked and merged as messages are. */
function selectedThreads(shapeKey: string, args: Args): RawBuilder<unknown> {
  const shape: Shape = JSON.parse(shapeKey);
  const walks = scopesOf(shape).flatMap((scope) => walksOf(scope, shape, args));
  if (walks.length === 0) return sql`select id, latest from threads where id = 0`;

  return sql`select id, latest from (${merged(sql`id, latest`, walks)}) as walked order by latest ${sql.raw(shape.direction)} limit ${args['limit']} offset ${args['offset']}`;
}

function walksOf(scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  const rest = [
    ...(shape.thread ? [sql`t.id + 0 = ${args['thread']}`] : []),
    ...(shape.users > 0 ? [isAsked('t')] : []),
  ];
  const inTopics = sql`exists (select 1 from activity x where x.viewer = ${viewer} and x.topic in (${sql.join(values(shape.topics, 'topic', args))}) and x.latest = t.latest)`;
  const restAndTopics = shape.topics > 0 ? [...rest, inTopics] : rest;

  switch (leadOf(shape)) {
    case 'replyTo':
      // No thread began with an answer.
      return [];
    case 'thread':
      return [threadWalk(sql`t.id = ${threadSeen(scope, shape, args)}`, restAndTopics, shape, args)];
    case 'people':
      return [threadWalk(sql`t.audience = ${audienceAsked(args)}`, restAndTopics, shape, args)];
    case 'topics':
      return values(shape.topics, 'topic', args).map((topic) => activityWalk(viewer, topic, rest, shape, args));
    case 'users':
      if (scope === 'private') return [activityWalk(viewer, sql`''`, rest, shape, args)];
      if (shape.isNear) return [threadWalk(sql`t.audience = 0`, rest, shape, args)];
      return values(shape.users, 'user', args).map((user) =>
        threadWalk(sql`t.user_id = ${user} and t.audience = 0`, [], shape, args),
      );
    case null:
      return scope === 'public'
        ? [threadWalk(sql`t.audience = 0`, [], shape, args)]
        : [activityWalk(viewer, sql`''`, [], shape, args)];
  }
}

/** A thread of which nothing is left has 0 for its latest message. */
function threadWalk(
  start: RawBuilder<unknown>,
  rest: readonly RawBuilder<unknown>[],
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  const where = [start, ...rest, ...rangeOf(sql`t.latest`, shape, args, true)];
  return sql`select t.id, t.latest from threads t where ${sql.join(where, sql` and `)} ${ending('t', shape, args)}`;
}

function activityWalk(
  viewer: RawBuilder<unknown>,
  topic: RawBuilder<unknown>,
  rest: readonly RawBuilder<unknown>[],
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  const where = [sql`s.viewer = ${viewer} and s.topic = ${topic}`, ...rest, ...rangeOf(sql`s.latest`, shape, args)];
  const join = rest.length > 0 ? sql` join threads t on t.id = s.thread` : sql``;
  return sql`select s.thread as id, s.latest from activity s${join} where ${sql.join(where, sql` and `)} ${ending('s', shape, args)}`;
}

function ending(table: string, { direction }: Shape, args: Args): RawBuilder<unknown> {
  return sql`order by ${sql.raw(table)}.latest ${sql.raw(direction)} limit ${args['reach']}`;
}

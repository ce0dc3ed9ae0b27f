import { type RawBuilder, sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import { LATEST_COLUMNS, type SingleRow } from './messages.ts';
import { byNearest } from './nearest.ts';
import { type Db, MESSAGE_COLUMNS } from './schema.ts';
import {
  type Args,
  ask,
  audienceAsked,
  isAlone,
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
      sql`select m.*, a.people, coalesce(t.posts, 1) as posts, l.id as latest_id, l.text as latest_text, l.user_id as latest_user_id, l.created as latest_created
        from (${selectedThreads(language, shape, args)}) i
        left join standings t on t.id = i.id
        left join messages m on m.id = coalesce((select f.id from messages f where f.id = i.id and f.deleted = 0), (select min(f.message_id) from follow_ups f where f.thread = i.id))
        left join audiences a on a.id = m.audience
        left join messages l on l.id = i.latest`,
      [...MESSAGE_COLUMNS, 'posts', ...LATEST_COLUMNS],
      preludeOf(shape, args),
    ),
  );

  // What is private is not walked by person.
  const nearest = byNearest(on, language, ['public'], (_language, _scope, shape) =>
    STANDS.map((stand) => walkByPerson(language, stand, shape)),
  );

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

/** A way in which threads stand in order of their latest messages. */
interface Stand {
  readonly from: RawBuilder<unknown>;
  readonly id: RawBuilder<unknown>;
  readonly latest: RawBuilder<unknown>;
  readonly user: RawBuilder<unknown>;
  readonly isPublic: RawBuilder<unknown>;
  /** Public, and by this person. */
  isBy(person: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Leads back from the latest message of a public thread. */
  threadOf(latest: RawBuilder<unknown>): RawBuilder<unknown>;
}

/** In rows of their own. One of which nothing is left has 0 for its latest message, and no two others have the same. */
const SHARED: Stand = {
  from: sql`standings t`,
  id: sql`t.id`,
  latest: sql`t.latest`,
  user: sql`t.user_id`,
  isPublic: sql`t.audience = 0`,
  isBy: (person) => sql`t.user_id = ${person} and t.audience = 0`,
  threadOf: (latest) => sql`(select t.id from standings t where t.audience = 0 and t.latest = ${latest})`,
};

/** As messages that are alone in theirs. */
const ALONE: Stand = {
  from: sql`messages m`,
  id: sql`m.id`,
  latest: sql`m.id`,
  user: sql`m.user_id`,
  isPublic: sql`m.audience = 0 and ${isAlone('m')}`,
  isBy: (person) => sql`m.user_id = ${person} and ${isAlone('m')}`,
  threadOf: (latest) => latest,
};

const STANDS = [SHARED, ALONE];

/** The ids of the threads that a question is about, and their latest messages, walked and merged as messages are. */
function selectedThreads(language: Language, shapeKey: string, args: Args): RawBuilder<unknown> {
  const shape: Shape = JSON.parse(shapeKey);
  const walks = scopesOf(shape).flatMap((scope) => walksOf(language, scope, shape, args));
  if (walks.length === 0) return sql`select id, latest from standings where id = 0`;

  return sql`select id, latest from (${merged(sql`id, latest`, walks)}) walked order by latest ${sql.raw(shape.direction)} ${language.slice(args['limit'], args['offset'])}`;
}

function walksOf(language: Language, scope: Scope, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const viewer = scope === 'public' ? sql`0` : sql`${args['viewer']}`;
  // What is private has always a row of its own.
  const stands = scope === 'public' ? STANDS : [SHARED];
  const rest = ({ id, latest, user }: Stand) => [
    ...restOf(language, id, user, shape, args),
    ...(shape.topics > 0 ? [isInTopics(latest, viewer, shape, args)] : []),
  ];

  switch (leadOf(shape)) {
    case 'replyTo':
      // No thread began with an answer.
      return [];
    case 'thread':
      return stands.map((stand) => {
        const seen = scope === 'public' ? sql`${args['thread']} and ${stand.isPublic}` : threadSeen(scope, shape, args);
        return standWalk(language, stand, sql`${stand.id} = ${seen}`, rest(stand), shape, args);
      });
    case 'people':
      return [standWalk(language, SHARED, sql`t.audience = ${audienceAsked(args)}`, rest(SHARED), shape, args)];
    case 'topics':
      return values(shape.topics, 'topic', args).map((topic) => activityWalk(language, scope, topic, shape, args));
    case 'users':
      return scope === 'public'
        ? stands.flatMap((stand) => walksOfPeople(language, stand, shape, args))
        : [activityWalk(language, scope, sql`${''}`, shape, args)];
    case null:
      return scope === 'public'
        ? stands.map((stand) => standWalk(language, stand, stand.isPublic, [], shape, args))
        : [activityWalk(language, scope, sql`${''}`, shape, args)];
  }
}

/** What is public of the people asked for. */
function walksOfPeople(language: Language, stand: Stand, shape: Shape, args: Args): RawBuilder<unknown>[] {
  const merge = mergeOfPeople(language, shape, args, walkByPerson(language, stand, shape));
  return merge
    ? [sql`select ${stand.threadOf(sql`p.place`)} as id, p.place as latest from (${merge}) p`]
    : walkers(shape, args).map((user) => standWalk(language, stand, stand.isBy(user), [], shape, args));
}

/** A walk through what one person has begun for everybody. */
function walkByPerson(language: Language, stand: Stand, shape: Shape): PersonWalk {
  return (person, marks, limit) => {
    const where = sql.join([stand.isBy(person), ...rangeOf(stand.latest, marks, true)], sql` and `);
    return sql`select ${stand.latest} as place from ${stand.from} where ${where} ${ending(language, stand.latest, shape, limit)}`;
  };
}

function standWalk(
  language: Language,
  { from, id, latest }: Stand,
  start: RawBuilder<unknown>,
  rest: readonly RawBuilder<unknown>[],
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  const where = [start, ...rest, ...rangeOf(latest, marksOf(shape, args), true)];
  return sql`select ${id} as id, ${latest} as latest from ${from} where ${sql.join(where, sql` and `)} ${ending(language, latest, shape, args['reach'])}`;
}

function activityWalk(
  language: Language,
  scope: Scope,
  topic: RawBuilder<unknown>,
  shape: Shape,
  args: Args,
): RawBuilder<unknown> {
  // Who began a public thread, that may be alone, is looked up in two places.
  const [viewer, user, join] =
    scope === 'public'
      ? [
          sql`0`,
          sql`coalesce(t.user_id, m.user_id)`,
          sql` left join standings t on t.id = s.thread left join messages m on m.id = s.thread`,
        ]
      : [sql`${args['viewer']}`, sql`t.user_id`, sql` join standings t on t.id = s.thread`];
  const where = [
    sql`s.viewer = ${viewer} and s.topic = ${topic}`,
    ...restOf(language, sql`s.thread`, user, shape, args),
    ...rangeOf(sql`s.latest`, marksOf(shape, args)),
  ];
  return sql`select s.thread as id, s.latest from activity s${shape.users > 0 ? join : sql``} where ${sql.join(where, sql` and `)} ${ending(language, sql`s.latest`, shape, args['reach'])}`;
}

/** The fields that no index has led to, but for topics. */
function restOf(
  language: Language,
  id: RawBuilder<unknown>,
  user: RawBuilder<unknown>,
  shape: Shape,
  args: Args,
): RawBuilder<unknown>[] {
  return [
    ...(shape.thread ? [sql`${id} + 0 = ${args['thread']}`] : []),
    ...(shape.users > 0 ? [isAsked(language, user)] : []),
  ];
}

function isInTopics(latest: RawBuilder<unknown>, viewer: RawBuilder<unknown>, shape: Shape, args: Args) {
  const topics = sql.join(values(shape.topics, 'topic', args));
  return sql`exists (select 1 from activity x where x.viewer = ${viewer} and x.topic in (${topics}) and x.latest = ${latest})`;
}

function ending(
  { slice }: Language,
  latest: RawBuilder<unknown>,
  { direction }: Shape,
  limit: unknown,
): RawBuilder<unknown> {
  return sql`order by ${latest} ${sql.raw(direction)} ${slice(limit)}`;
}

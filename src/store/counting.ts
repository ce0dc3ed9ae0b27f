import { sql } from 'kysely';
import type { TouchedThread } from './batch-threads.ts';
import { isPublic, topicsOf } from './columns.ts';
import type { Language } from './dialects/languages/language.ts';
import type { Db, MessageRow, Row } from './schema.ts';
import { command, findMany, insertMany, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** Public topics by name. */
export type TopicRows = Map<string, Row<'topics'>>;

/** What a batch has done that is counted. */
interface Counted {
  readonly added: readonly MessageRow[];
  readonly removed: readonly MessageRow[];
  readonly touched: readonly TouchedThread[];
}

/** Keeps what is counted: posts and latest message of threads and public topics, and where a thread stands by activity. */
export function counting(on: Db, language: Language) {
  const insertThreads = insertMany(on, language, 'standings', [
    'id',
    'user_id',
    'audience',
    'topics',
    'posts',
    'latest',
  ]);
  const updateThread = command((row: Row<'standings'>) =>
    on.updateTable('standings').set({ posts: row.posts, latest: row.latest }).where('id', '=', row.id),
  );
  const latestOf = statement((row: { thread: number }) =>
    on
      .selectFrom('messages')
      .select(sql<number | null>`max(id)`.as('latest'))
      .where('deleted', '=', 0)
      .where('id', 'in', [
        sql<number>`${row.thread}`,
        sql<number>`(select max(f.message_id) from follow_ups f where f.thread = ${row.thread})`,
      ]),
  );
  const insertActivity = insertMany(on, language, 'activity', ['viewer', 'topic', 'latest', 'thread']);
  const deleteActivity = command((row: Row<'activity'>) =>
    on
      .deleteFrom('activity')
      .where('viewer', '=', row.viewer)
      .where('topic', '=', row.topic)
      .where('latest', '=', row.latest),
  );
  const findTopics = findMany((topics: string[]) => on.selectFrom('topics').selectAll().where('topic', 'in', topics));
  const insertTopics = insertMany(on, language, 'topics', ['topic', 'threads', 'posts', 'latest']);
  const updateTopic = command((row: Row<'topics'>) =>
    on
      .updateTable('topics')
      .set({ threads: row.threads, posts: row.posts, latest: row.latest })
      .where('topic', '=', row.topic),
  );
  const deleteTopic = command((row: { topic: string }) => on.deleteFrom('topics').where('topic', '=', row.topic));
  const latestIn = statement((row: { topic: string }) =>
    on
      .selectFrom('message_topics')
      .select(sql<number | null>`max(message_id)`.as('latest'))
      .where('topic', '=', row.topic)
      .where('viewer', '=', 0),
  );

  async function countThreads(transaction: Transaction, touched: readonly TouchedThread[]): Promise<void> {
    const bereft = touched.filter(({ lostLatest }) => lostLatest);
    const latest = await Promise.all(bereft.map(({ row }) => latestOf(transaction, { thread: row.id })));
    for (const [index, { row }] of bereft.entries()) row.latest = latest[index]?.[0]?.latest ?? 0;

    insertThreads(
      transaction,
      touched.filter(({ standing }) => standing === 'new').map(({ row }) => row),
    );
    for (const { row, standing } of touched) if (standing === 'stored') updateThread(transaction, row);

    const moved = touched.filter(({ row, before }) => row.latest !== before?.latest);
    for (const thread of moved) {
      if (!thread.before || thread.before.posts === 0) continue;
      for (const row of activityRows(thread, thread.before.latest)) deleteActivity(transaction, row);
    }
    insertActivity(
      transaction,
      moved.filter(({ row }) => row.posts > 0).flatMap((thread) => activityRows(thread, thread.row.latest)),
    );
  }

  async function countTopics(
    transaction: Transaction,
    posts: ReadonlyMap<string, Count>,
    known: TopicRows,
  ): Promise<void> {
    const unknown = [...posts.keys()].filter((topic) => !known.has(topic));
    for (const row of await findTopics(transaction, unknown)) known.set(row.topic, row);
    const fresh: Row<'topics'>[] = [];

    for (const [topic, count] of posts) {
      const before = known.get(topic) ?? { topic, threads: 0, posts: 0, latest: 0 };
      const isLatestLost = count.removed.includes(before.latest);
      const latest = isLatestLost
        ? ((await latestIn(transaction, { topic }))[0]?.latest ?? 0)
        : Math.max(before.latest, count.latest);
      const row = { topic, threads: before.threads + count.threads, posts: before.posts + count.posts, latest };

      // A topic that nothing is left of is none.
      if (known.has(topic)) (row.posts > 0 ? updateTopic : deleteTopic)(transaction, row);
      else if (row.posts > 0) fresh.push(row);
      if (row.posts > 0) known.set(topic, row);
      else known.delete(topic);
    }
    insertTopics(transaction, fresh);
  }

  return async (transaction: Transaction, counted: Counted, topics: TopicRows): Promise<void> => {
    await Promise.all([
      countThreads(transaction, counted.touched),
      countTopics(transaction, topicCounts(counted), topics),
    ]);
  };
}

interface Count {
  threads: number;
  posts: number;
  latest: number;
  readonly removed: number[];
}

/** What a batch adds to each public topic. */
function topicCounts({ added, removed, touched }: Counted) {
  const counts = new Map<string, Count>();
  const of = (topic: string): Count => {
    const count = counts.get(topic) ?? { threads: 0, posts: 0, latest: 0, removed: [] };
    counts.set(topic, count);
    return count;
  };

  for (const row of added.filter(isPublic)) {
    for (const topic of topicsOf(row)) {
      of(topic).posts += 1;
      of(topic).latest = row.id;
    }
  }
  for (const row of removed.filter(isPublic)) {
    for (const topic of topicsOf(row)) {
      of(topic).posts -= 1;
      of(topic).removed.push(row.id);
    }
  }
  for (const { row, before } of touched) {
    const change = Number(row.posts > 0) - Number((before?.posts ?? 0) > 0);
    if (isPublic(row) && change !== 0) for (const topic of topicsOf(row)) of(topic).threads += change;
  }
  return counts;
}

/** Public threads stand in order of activity by themselves; here are those of a topic, and each person's private ones. */
function activityRows({ row, people }: TouchedThread, latest: number): Row<'activity'>[] {
  const topics = topicsOf(row);
  const keys = isPublic(row)
    ? topics.map((topic) => ({ viewer: 0, topic }))
    : people.flatMap((viewer) => ['', ...topics].map((topic) => ({ viewer, topic })));
  return keys.map((key) => ({ ...key, latest, thread: row.id }));
}

import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialects/languages/language.ts';

/**
 * Most messages are public, never change, and stay alone in their thread. What only the others need is a row of theirs in a
 * table now, in place of a row or an index entry of each.
 *
 * Each step passes over what an interrupted start has done.
 */
export async function up(
  db: Pick<Kysely<unknown>, 'schema' | 'getExecutor'>,
  { number, text, indexesOfTables, partialIndexes }: Omit<ColumnTypes, 'exact'>,
): Promise<void> {
  const { schema } = db;
  const dropIndex = (name: string, table: string) =>
    (indexesOfTables ? schema.dropIndex(name).on(table) : schema.dropIndex(name)).execute();

  // An older msgboard that still runs notes each batch that it writes, so from here on it can write none that would be missed
  // below. Then what it reads is locked where a lock is held to the end, before that takes long.
  await schema.dropTable('batches').ifExists().execute();
  await schema
    .createTable('commits')
    .ifNotExists()
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('noted', number, (column) => column.notNull())
    .execute();
  // 0: alone, 1: the first of a thread, 2: the rest.
  await schema
    .alterTable('messages')
    .addColumn('part', number, (column) => column.notNull().defaultTo(sql.lit(0)))
    .execute();
  await dropIndex('threads_latest', 'threads');
  await dropIndex('threads_user', 'threads');

  await schema
    .createTable('changes')
    .ifNotExists()
    .addColumn('seq', number, (column) => column.notNull())
    .addColumn('message_id', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('changes_key', ['seq', 'message_id'])
    .execute();
  await sql`insert into changes (seq, message_id) select m.seq, m.id from messages m
    where m.seq <> m.id and not exists (select 1 from changes c where c.seq = m.seq and c.message_id = m.id)`.execute(
    db,
  );
  await dropIndex('messages_changed', 'messages');

  await schema
    .createTable('follow_ups')
    .ifNotExists()
    .addColumn('thread', number, (column) => column.notNull())
    .addColumn('message_id', number, (column) => column.notNull())
    .addColumn('reply_to', number, (column) => column.notNull())
    .addColumn('audience', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('follow_ups_key', ['thread', 'message_id'])
    .execute();
  await sql`insert into follow_ups (thread, message_id, reply_to, audience)
    select m.thread, m.id, m.reply_to, m.audience from messages m where m.thread <> m.id and m.deleted = 0
      and not exists (select 1 from follow_ups f where f.thread = m.thread and f.message_id = m.id)`.execute(db);
  await schema
    .createIndex('follow_ups_reply')
    .on('follow_ups')
    .columns(['reply_to', 'audience', 'message_id'])
    .execute();
  await dropIndex('messages_thread', 'messages');
  await dropIndex('messages_reply', 'messages');

  await sql`update messages set part = 2 where thread <> id or audience <> 0`.execute(db);
  await sql`update messages set part = 1 where thread = id and audience = 0
    and id in (select t.id from threads t where t.posts <> 1 or t.latest <> t.id)`.execute(db);
  await dropIndex('messages_audience', 'messages');
  await schema.createIndex('messages_audience').on('messages').columns(['audience', 'part', 'deleted', 'id']).execute();
  await dropIndex('messages_user', 'messages');
  await schema
    .createIndex('messages_user')
    .on('messages')
    .columns(['user_id', 'audience', 'deleted', 'id', 'part'])
    .execute();

  const alone = schema.createIndex('messages_alone').on('messages');
  await (partialIndexes
    ? alone.columns(['user_id', 'deleted', 'id']).where(sql<boolean>`part = 0`)
    : alone.columns(['user_id', 'part', 'deleted', 'id'])
  ).execute();

  await schema
    .createTable('standings')
    .ifNotExists()
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('audience', number, (column) => column.notNull())
    .addColumn('topics', text, (column) => column.notNull())
    .addColumn('posts', number, (column) => column.notNull())
    .addColumn('latest', number, (column) => column.notNull())
    .execute();
  await sql`insert into standings (id, user_id, audience, topics, posts, latest)
    select t.id, t.user_id, t.audience, t.topics, t.posts, t.latest from threads t
    where (t.audience <> 0 or t.posts <> 1 or t.latest <> t.id) and not exists (select 1 from standings s where s.id = t.id)`.execute(
    db,
  );
  await schema.createIndex('standings_latest').on('standings').columns(['audience', 'latest']).execute();
  await schema.createIndex('standings_user').on('standings').columns(['user_id', 'audience', 'latest']).execute();
  await schema.dropTable('threads').ifExists().execute();
}

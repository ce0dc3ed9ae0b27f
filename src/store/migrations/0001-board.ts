import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialects/languages/language.ts';

/** The whole board: one clock, people, messages and what keeps every list of them a walk along an index. */
export async function up(
  { schema }: Pick<Kysely<unknown>, 'schema'>,
  { number, text, exact, partialIndexes }: ColumnTypes,
): Promise<void> {
  // Most messages never change, so the order of changes is an index of the few that did.
  const changed = schema.createIndex('messages_changed').on('messages').column('seq');

  await schema
    .createTable('clock')
    .addColumn('one', number, (column) => column.primaryKey())
    .addColumn('seq', number, (column) => column.notNull())
    .addColumn('epoch', text, (column) => column.notNull())
    .addColumn('horizon', number, (column) => column.notNull())
    .addColumn('last_user_id', number, (column) => column.notNull())
    .execute();

  await schema
    .createTable('users')
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('seq', number, (column) => column.notNull())
    .addColumn('username', text, (column) => column.notNull())
    .addColumn('username_key', exact(400), (column) => column.notNull().unique())
    .addColumn('password_hash', text)
    .addColumn('bio', text)
    .addColumn('data', text)
    .addColumn('created', number, (column) => column.notNull())
    .addColumn('moderator', number, (column) => column.notNull())
    .addColumn('banned', number, (column) => column.notNull())
    .addColumn('deleted', number, (column) => column.notNull())
    .execute();
  await schema.createIndex('users_seq').on('users').column('seq').execute();
  await schema.createIndex('users_listed').on('users').columns(['deleted', 'username_key']).execute();

  await schema
    .createTable('messages')
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('seq', number, (column) => column.notNull())
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('text', text, (column) => column.notNull())
    .addColumn('data', text)
    .addColumn('topics', text, (column) => column.notNull())
    .addColumn('created', number, (column) => column.notNull())
    .addColumn('edited', number)
    .addColumn('deleted', number, (column) => column.notNull())
    .addColumn('reply_to', number, (column) => column.notNull())
    .addColumn('thread', number, (column) => column.notNull())
    .addColumn('replies', number, (column) => column.notNull())
    .addColumn('audience', number, (column) => column.notNull())
    .execute();
  await (partialIndexes ? changed.where(sql<boolean>`seq <> id`) : changed).execute();
  await schema.createIndex('messages_audience').on('messages').columns(['audience', 'deleted', 'id']).execute();
  await schema.createIndex('messages_user').on('messages').columns(['user_id', 'audience', 'deleted', 'id']).execute();
  await schema.createIndex('messages_thread').on('messages').columns(['thread', 'deleted', 'id']).execute();
  await schema
    .createIndex('messages_reply')
    .on('messages')
    .columns(['reply_to', 'audience', 'deleted', 'id'])
    .execute();

  await schema
    .createTable('threads')
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('audience', number, (column) => column.notNull())
    .addColumn('topics', text, (column) => column.notNull())
    .addColumn('posts', number, (column) => column.notNull())
    .addColumn('latest', number, (column) => column.notNull())
    .execute();
  await schema.createIndex('threads_latest').on('threads').columns(['audience', 'latest']).execute();
  await schema.createIndex('threads_user').on('threads').columns(['user_id', 'audience', 'latest']).execute();

  await schema
    .createTable('activity')
    .addColumn('viewer', number, (column) => column.notNull())
    .addColumn('topic', exact(400), (column) => column.notNull())
    .addColumn('latest', number, (column) => column.notNull())
    .addColumn('thread', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('activity_key', ['viewer', 'topic', 'latest'])
    .execute();

  await schema
    .createTable('message_topics')
    .addColumn('topic', exact(400), (column) => column.notNull())
    .addColumn('viewer', number, (column) => column.notNull())
    .addColumn('message_id', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('message_topics_key', ['topic', 'viewer', 'message_id'])
    .execute();

  await schema
    .createTable('recipients')
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('author_id', number, (column) => column.notNull())
    .addColumn('message_id', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('recipients_key', ['user_id', 'message_id'])
    .execute();
  await schema
    .createIndex('recipients_author')
    .on('recipients')
    .columns(['user_id', 'author_id', 'message_id'])
    .execute();

  await schema
    .createTable('topics')
    .addColumn('topic', exact(400), (column) => column.primaryKey().notNull())
    .addColumn('threads', number, (column) => column.notNull())
    .addColumn('posts', number, (column) => column.notNull())
    .addColumn('latest', number, (column) => column.notNull())
    .execute();
  await schema.createIndex('topics_latest').on('topics').columns(['latest', 'topic']).execute();

  await schema
    .createTable('audiences')
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('hash', exact(64), (column) => column.notNull().unique())
    .addColumn('people', text, (column) => column.notNull())
    .execute();

  await schema
    .createTable('conversations')
    .addColumn('hash', exact(64), (column) => column.primaryKey().notNull())
    .addColumn('thread', number, (column) => column.notNull())
    .execute();

  await schema
    .createTable('keys')
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('key_hash', exact(64), (column) => column.notNull())
    .addColumn('digest', exact(64), (column) => column.notNull())
    .addColumn('first_id', number, (column) => column.notNull())
    .addColumn('n', number, (column) => column.notNull())
    .addColumn('created', number, (column) => column.notNull())
    .addPrimaryKeyConstraint('keys_key', ['user_id', 'key_hash'])
    .execute();
  await schema.createIndex('keys_created').on('keys').column('created').execute();

  await schema
    .createTable('nodes')
    .addColumn('id', number, (column) => column.primaryKey())
    .addColumn('batch', number, (column) => column.notNull())
    .addColumn('noted', number, (column) => column.notNull())
    .execute();

  await schema
    .createTable('sessions')
    .addColumn('token_hash', exact(64), (column) => column.primaryKey().notNull())
    .addColumn('user_id', number, (column) => column.notNull())
    .addColumn('expires', number, (column) => column.notNull())
    .addColumn('scope', text, (column) => column.notNull())
    .addColumn('parent', exact(64))
    .addColumn('filter', text)
    .execute();
  await schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
  await schema.createIndex('sessions_expires').on('sessions').column('expires').execute();
}

import { sql } from 'kysely';
import { Batch } from './batch.ts';
import type { ClockSql } from './clock.ts';
import { isPublic, peopleOf, topicsOf } from './columns.ts';
import { counting, type TopicRows } from './counting.ts';
import type { Language } from './dialects/languages/language.ts';
import { forgetting } from './keys.ts';
import { messagesWithPeople } from './messages.ts';
import type { KeyName, Needs } from './needs.ts';
import { pruning } from './pruning.ts';
import { type Db, type MessageRow, PART, type Row, type UserRow } from './schema.ts';
import { sessionSql } from './sessions.ts';
import { command, findMany, insertMany, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** The statements of a batch: what it reads under the lock and what it writes at the end. */
export interface BatchSql {
  load(transaction: Transaction, needs: readonly Needs[], now: number): Promise<Batch>;
  /**
   * In its place, where all is known: has the transaction fail unless all is as a batch of this number has left it.
   *
   * @returns whether the clock is set with it to what this one leaves.
   */
  expect(transaction: Transaction, batch: Batch, number: number): boolean;
  /**
   * Resolves once all is issued.
   *
   * @param isSet - whether the clock is.
   * @param topics - those that are known, as they are. What becomes of them is put there.
   */
  flush(transaction: Transaction, batch: Batch, isSet: boolean, topics: TopicRows): Promise<void>;
}

/** @param storesHead - whether each batch writes the clock's row; if not, only what its rows do not tell. */
export function batchSql(on: Db, language: Language, clock: ClockSql, storesHead: boolean): BatchSql {
  const sessions = sessionSql(on, language);
  const load = loading(on, clock, sessions);
  const indexes = indexing(on, language);
  const noteChanges = changing(on, language);
  const counts = counting(on, language);
  const forgetKeys = forgetting(on, language);
  const forget = pruning(on);

  const insertUsers = insertMany(on, language, 'users', [
    'id',
    'seq',
    'username',
    'username_key',
    'password_hash',
    'bio',
    'data',
    'created',
    'moderator',
    'banned',
    'deleted',
  ]);
  const updateUser = command((row: UserRow) =>
    on
      .updateTable('users')
      .set({
        seq: row.seq,
        password_hash: row.password_hash,
        bio: row.bio,
        data: row.data,
        moderator: row.moderator,
        banned: row.banned,
        deleted: row.deleted,
      })
      .where('id', '=', row.id),
  );
  const insertAudiences = insertMany(on, language, 'audiences', ['id', 'hash', 'people']);
  const insertConversations = insertMany(on, language, 'conversations', ['hash', 'thread']);
  const insertKeys = insertMany(on, language, 'keys', ['user_id', 'key_hash', 'digest', 'first_id', 'n', 'created']);
  const insertMessages = insertMany(on, language, 'messages', [
    'id',
    'seq',
    'user_id',
    'text',
    'data',
    'topics',
    'created',
    'edited',
    'deleted',
    'reply_to',
    'thread',
    'replies',
    'audience',
    'part',
  ]);
  const updateMessage = command((row: Row<'messages'>) =>
    on
      .updateTable('messages')
      .set({
        seq: row.seq,
        text: row.text,
        data: row.data,
        edited: row.edited,
        deleted: row.deleted,
        replies: row.replies,
      })
      .where('id', '=', row.id),
  );
  const updatePart = command(({ id, part }: Row<'messages'>) =>
    on.updateTable('messages').set({ part }).where('id', '=', id),
  );
  const updateReplies = command(({ id, replies }: Row<'messages'>) =>
    on.updateTable('messages').set({ replies }).where('id', '=', id),
  );

  return {
    load,
    expect(transaction, batch, number) {
      const sets = clock.advance !== null && !batch.isUnchanged;
      if (sets) clock.advance(transaction, batch.found, number, batch.clock);
      else clock.expect(transaction, batch.found, number);
      return sets;
    },
    async flush(transaction, batch, isSet, topics) {
      const { work, threads } = batch;
      const posted = batch.rows(work.newMessages);

      insertUsers(transaction, batch.userRows(work.newUsers));
      for (const row of batch.userRows(work.changedUsers.difference(work.newUsers))) updateUser(transaction, row);
      insertAudiences(transaction, work.newAudiences);
      insertConversations(transaction, work.newConversations);
      insertKeys(transaction, work.newKeys);
      insertMessages(transaction, posted);
      const dirty = work.dirtyMessages.difference(work.newMessages);
      for (const row of batch.rows(dirty)) updateMessage(transaction, row);
      const answered = work.answeredMessages.difference(work.newMessages).difference(dirty);
      for (const row of batch.rows(answered)) updateReplies(transaction, row);
      for (const row of batch.rows(threads.followed.difference(work.newMessages))) updatePart(transaction, row);
      noteChanges(transaction, work.pastChanges, [...posted, ...batch.rows(dirty)]);

      const added = posted.filter((row) => row.deleted === 0);
      const removed = batch.rows(work.removedMessages.difference(work.newMessages));
      indexes(transaction, added, removed);
      sessions.flush(transaction, batch.sessions);
      forget(transaction, work);
      if (!isSet && (storesHead || batch.hasNewHistory)) clock.set(transaction, batch.clock);

      await counts(transaction, { added, removed, touched: [...threads.touched.values()] }, topics);
      if (work.newKeys.length > 0) await forgetKeys(transaction, batch.now);
    },
  };
}

function loading(on: Db, clock: ClockSql, sessions: ReturnType<typeof sessionSql>): BatchSql['load'] {
  const messages = findMany((ids: number[]) => messagesWithPeople(on).where('m.id', 'in', ids));
  const threads = findMany((ids: number[]) => on.selectFrom('standings').selectAll().where('id', 'in', ids));
  const users = findMany((ids: number[]) => on.selectFrom('users').selectAll().where('id', 'in', ids));
  const outcasts = findMany((ids: number[]) =>
    on
      .selectFrom('users')
      .select('id')
      .where('id', 'in', ids)
      .where((where) => where.or([where('banned', '=', sql.lit(1)), where('deleted', '>', sql.lit(0))])),
  );
  const usernames = findMany((keys: string[]) => on.selectFrom('users').selectAll().where('username_key', 'in', keys));
  const audiences = findMany((hashes: string[]) => on.selectFrom('audiences').selectAll().where('hash', 'in', hashes));
  const conversations = findMany((hashes: string[]) =>
    on.selectFrom('conversations').selectAll().where('hash', 'in', hashes),
  );
  const key = statement((row: KeyName) =>
    on.selectFrom('keys').selectAll().where('user_id', '=', row.userId).where('key_hash', '=', row.hash),
  );

  return async (transaction, needs, now) => {
    const all = <Need>(of: (need: Needs) => readonly Need[] | undefined) => needs.flatMap((need) => of(need) ?? []);
    const [row, foundMessages, foundConversations, ...found] = await Promise.all([
      // The lock comes first: the others, behind it, see what they will write on.
      clock.take(transaction),
      messages(
        transaction,
        all((need) => need.messages),
      ),
      conversations(
        transaction,
        all((need) => need.conversations),
      ),
      users(
        transaction,
        all((need) => need.users),
      ),
      usernames(
        transaction,
        all((need) => need.usernameKeys),
      ),
      audiences(
        transaction,
        all((need) => need.audiences),
      ),
      Promise.all(all((need) => need.keys).map((name) => key(transaction, name))),
      outcasts(
        transaction,
        all((need) => need.authors),
      ),
      sessions.ofUsers(
        transaction,
        all((need) => need.sessionsOf),
      ),
    ]);
    const [foundUsers, namesakes, foundAudiences, foundKeys, foundOutcasts, foundSessions] = found;
    // What a reply or a deletion counts: the thread, and the message that is answered.
    const parents = foundMessages.filter((message) => message.reply_to > 0).map((message) => message.reply_to);
    const shared = foundMessages.filter(({ part }) => part !== PART.alone);
    const threadIds = [...shared, ...foundConversations].map(({ thread }) => thread);
    threadIds.push(...all((need) => need.threads));
    const [foundParents, foundThreads] = await Promise.all([
      messages(transaction, parents),
      threads(transaction, threadIds),
    ]);

    const batch = new Batch(row, now);
    batch.know({
      // First the parents: a message that is itself changed must be known by one row only.
      messages: [...foundParents, ...foundMessages],
      threads: foundThreads,
      users: [...foundUsers, ...namesakes],
      audiences: foundAudiences,
      conversations: foundConversations,
      keys: foundKeys.flat(),
    });
    for (const { id } of foundOutcasts) batch.outcasts.add(id);
    batch.sessions.know(foundSessions);
    return batch;
  };
}

/** Keeps the indexes by topic, by person and of follow-ups: live messages alone are in them. */
function indexing(on: Db, language: Language) {
  const insertTopics = insertMany(on, language, 'message_topics', ['topic', 'viewer', 'message_id']);
  const insertRecipients = insertMany(on, language, 'recipients', ['user_id', 'author_id', 'message_id']);
  const insertFollowUps = insertMany(on, language, 'follow_ups', ['thread', 'message_id', 'reply_to', 'audience']);
  const deleteTopic = command((row: Row<'message_topics'>) =>
    on
      .deleteFrom('message_topics')
      .where('topic', '=', row.topic)
      .where('viewer', '=', row.viewer)
      .where('message_id', '=', row.message_id),
  );
  const deleteRecipient = command((row: Row<'recipients'>) =>
    on.deleteFrom('recipients').where('user_id', '=', row.user_id).where('message_id', '=', row.message_id),
  );
  const deleteFollowUp = command((row: Row<'follow_ups'>) =>
    on.deleteFrom('follow_ups').where('thread', '=', row.thread).where('message_id', '=', row.message_id),
  );

  return (transaction: Transaction, added: readonly MessageRow[], removed: readonly MessageRow[]) => {
    insertTopics(transaction, added.flatMap(topicRows));
    insertRecipients(transaction, added.flatMap(recipientRows));
    insertFollowUps(transaction, added.flatMap(followUpRows));
    for (const row of removed.flatMap(topicRows)) deleteTopic(transaction, row);
    for (const row of removed.flatMap(recipientRows)) deleteRecipient(transaction, row);
    for (const row of removed.flatMap(followUpRows)) deleteFollowUp(transaction, row);
  };
}

/** Keeps the latest change of each message. */
function changing(on: Db, language: Language) {
  const insert = insertMany(on, language, 'changes', ['seq', 'message_id']);
  const remove = command((row: Row<'changes'>) =>
    on.deleteFrom('changes').where('seq', '=', row.seq).where('message_id', '=', row.message_id),
  );

  return (transaction: Transaction, past: readonly Row<'changes'>[], written: readonly MessageRow[]) => {
    for (const row of past) remove(transaction, row);
    insert(
      transaction,
      written.filter(({ seq, id }) => seq !== id).map(({ seq, id }) => ({ seq, message_id: id })),
    );
  };
}

function followUpRows({ id, thread, reply_to, audience }: MessageRow): Row<'follow_ups'>[] {
  return thread === id ? [] : [{ thread, message_id: id, reply_to, audience }];
}

function topicRows(row: MessageRow): Row<'message_topics'>[] {
  const viewers = isPublic(row) ? [0] : peopleOf(row);
  return topicsOf(row).flatMap((topic) => viewers.map((viewer) => ({ topic, viewer, message_id: row.id })));
}

function recipientRows(row: MessageRow): Row<'recipients'>[] {
  return peopleOf(row).map((person) => ({ user_id: person, author_id: row.user_id, message_id: row.id }));
}

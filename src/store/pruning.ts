import { sql } from 'kysely';
import type { Work } from './batch-work.ts';
import type { Language } from './dialects/languages/language.ts';
import { messagesWithPeople } from './messages.ts';
import type { KeyName } from './needs.ts';
import type { Db, MessageRow, Row } from './schema.ts';
import { command, removeMany, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

/** Reads of what nobody needs any more, a part at a time, each one statement. */
export interface PruningReads {
  /** The first message with at least this id. */
  messageFrom(id: number): Promise<{ readonly id: number; readonly created: number } | undefined>;
  /** Deletions by seq, after one and up to another, but of the first messages of threads that others are left of. */
  tombstones(after: number, until: number, limit: number): Promise<MessageRow[]>;
  /** Keys of before a time. */
  keys(before: number, limit: number): Promise<KeyName[]>;
  /** How many of them there are, and of sessions that expired before it. */
  count(before: {
    readonly keys: number;
    readonly sessions: number;
  }): Promise<{ readonly keys: number; readonly sessions: number }>;
}

export function pruningReads(db: Db, { slice }: Language): PruningReads {
  const messageFrom = statement(({ id }: { id: number }) =>
    db.selectFrom('messages').select(['id', 'created']).where('id', '>=', id).orderBy('id').modifyEnd(slice(1)),
  );
  const tombstones = statement(({ after, until, limit }: { after: number; until: number; limit: number }) =>
    messagesWithPeople(db)
      .innerJoin('changes as c', 'c.message_id', 'm.id')
      .leftJoin('standings as t', 't.id', 'm.id')
      .where('c.seq', '>', after)
      .where('c.seq', '<=', until)
      .where('m.deleted', '=', sql.lit(1))
      .where(sql<boolean>`coalesce(t.posts, 0) = 0`)
      .orderBy('c.seq')
      .modifyEnd(slice(limit)),
  );
  const keys = statement(({ before, limit }: { before: number; limit: number }) =>
    db
      .selectFrom('keys')
      .select(['user_id', 'key_hash'])
      .where('created', '<', before)
      .orderBy('created')
      .modifyEnd(slice(limit)),
  );
  const count = statement((before: { keys: number; sessions: number }) =>
    db
      .selectFrom('clock')
      .select(({ selectFrom, fn }) => [
        selectFrom('keys').select(fn.countAll<number>().as('n')).where('created', '<', before.keys).as('keys'),
        selectFrom('sessions')
          .select(fn.countAll<number>().as('n'))
          .where('expires', '<=', before.sessions)
          .as('sessions'),
      ]),
  );
  return {
    messageFrom: async (id) => (await messageFrom(db, { id }))[0],
    tombstones: (after, until, limit) => tombstones(db, { after, until, limit }),
    keys: async (before, limit) =>
      (await keys(db, { before, limit })).map(({ user_id, key_hash }) => ({ userId: user_id, hash: key_hash })),
    async count(before) {
      const [found] = await count(db, { ...before });
      return { keys: found?.keys ?? 0, sessions: found?.sessions ?? 0 };
    },
  };
}

/** Removes what a batch has forgotten. What it was counted in, and indexed by, its deletion has seen to. */
export function pruning(on: Db): (transaction: Transaction, work: Work) => void {
  const messages = removeMany((ids: number[]) => on.deleteFrom('messages').where('id', 'in', ids));
  const change = command(({ seq, id }: Row<'messages'>) =>
    on.deleteFrom('changes').where('seq', '=', seq).where('message_id', '=', id),
  );
  const threads = removeMany((ids: number[]) => on.deleteFrom('standings').where('id', 'in', ids));
  const conversations = removeMany((ids: number[]) => on.deleteFrom('conversations').where('thread', 'in', ids));
  const key = command((name: KeyName) =>
    on.deleteFrom('keys').where('user_id', '=', name.userId).where('key_hash', '=', name.hash),
  );
  return (transaction, { forgottenMessages, forgottenKeys }) => {
    const firsts = forgottenMessages.filter((row) => row.thread === row.id);
    messages(
      transaction,
      forgottenMessages.map(({ id }) => id),
    );
    for (const row of forgottenMessages) change(transaction, row);
    threads(
      transaction,
      firsts.map(({ id }) => id),
    );
    // They have no index by thread, and are few: one for each set of people and topics.
    conversations(
      transaction,
      firsts.filter(({ audience }) => audience !== 0).map(({ id }) => id),
    );
    for (const name of forgottenKeys) key(transaction, name);
  };
}

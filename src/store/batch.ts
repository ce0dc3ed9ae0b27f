import { peopleOf } from './columns.ts';
import type { MessageRow, Row, ThreadRow, UserRow } from './schema.ts';
import { SessionBatch } from './sessions.ts';

/** What a write must look at under the lock before it can decide. */
export interface Needs {
  readonly messages?: readonly number[];
  readonly users?: readonly number[];
  /** Of whom no more is asked than whether they are {@link Batch.outcasts}. */
  readonly authors?: readonly number[];
  readonly usernameKeys?: readonly string[];
  readonly keys?: readonly KeyName[];
  readonly audiences?: readonly string[];
  readonly conversations?: readonly string[];
  /** The ids of people whose sessions are looked at. */
  readonly sessionsOf?: readonly number[];
}

/** Names an Idempotency-Key: whose, and its hash. */
export interface KeyName {
  readonly userId: number;
  readonly hash: string;
}

/** What of an account can change. */
export type UserFields = Pick<UserRow, 'password_hash' | 'bio' | 'data' | 'moderator' | 'banned' | 'deleted'>;

/** A message to be posted. */
interface NewMessage {
  readonly userId: number;
  readonly text: string;
  /** JSON. */
  readonly data: string | null;
  readonly topics: readonly string[];
  readonly replyTo: number | null;
  /** `null`: it begins a thread. */
  readonly thread: number | null;
  readonly audience: number;
  /** Everybody who sees a private message, sorted; empty: it is public. */
  readonly people: readonly number[];
}

/** A thread that gained or lost messages. */
export interface TouchedThread {
  readonly row: ThreadRow;
  readonly people: readonly number[];
  /** As it is stored; `null`: not yet. */
  readonly before: { readonly posts: number; readonly latest: number } | null;
  /** Its latest message is gone, so that only the database knows which one is now. */
  lostLatest: boolean;
}

/** What has become of the board in one batch, to be written as one transaction. */
interface Work {
  /** By id; as they are now, {@link Batch.users} and {@link Batch.messages} know. */
  readonly newUsers: Set<number>;
  readonly changedUsers: Set<number>;
  readonly newMessages: Set<number>;
  readonly newKeys: Row<'keys'>[];
  readonly newAudiences: Row<'audiences'>[];
  readonly newConversations: Row<'conversations'>[];
  /** Those that are no longer as they were stored or posted. */
  readonly dirtyMessages: Set<number>;
  readonly removedMessages: Set<number>;
  readonly touchedThreads: Map<number, TouchedThread>;
  /** Whatever took a tick. */
  readonly changedMessages: Set<number>;
  /** Ticks that no message took: those of accounts. */
  quietTicks: number;
}

/**
 * The part of the board that a batch of writes looks at, as it is under the lock with the batch's own earlier writes in
 * it, so that each write is checked against the board as it will be. Nothing is written before the batch is decided.
 */
export class Batch {
  readonly now: number;
  readonly clock: Row<'clock'>;
  readonly users = new Map<number, UserRow>();
  readonly messages = new Map<number, MessageRow>();
  readonly threads = new Map<number, ThreadRow>();
  /** Authors who are banned or deleted. */
  readonly outcasts = new Set<number>();
  readonly sessions = new SessionBatch();
  readonly #epoch: string;
  readonly #userIds = new Map<string, number>();
  readonly #keys = new Map<string, Row<'keys'>>();
  readonly #audiences = new Map<string, number>();
  readonly #conversations = new Map<string, number>();

  readonly work: Work = {
    newUsers: new Set(),
    changedUsers: new Set(),
    newMessages: new Set(),
    newKeys: [],
    newAudiences: [],
    newConversations: [],
    dirtyMessages: new Set(),
    removedMessages: new Set(),
    touchedThreads: new Map(),
    changedMessages: new Set(),
    quietTicks: 0,
  };

  /** @param now - ms since 1970: when all that this batch does happened. */
  constructor(clock: Row<'clock'>, now: number) {
    this.clock = { ...clock };
    this.#epoch = clock.epoch;
    this.now = now;
  }

  know(found: {
    users: readonly UserRow[];
    messages: readonly MessageRow[];
    threads: readonly ThreadRow[];
    keys: readonly Row<'keys'>[];
    audiences: readonly Row<'audiences'>[];
    conversations: readonly Row<'conversations'>[];
  }): void {
    for (const row of found.users) this.#knowUser(row);
    for (const row of found.messages) this.messages.set(row.id, row);
    for (const row of found.threads) this.threads.set(row.id, row);
    for (const row of found.keys) this.#keys.set(keyOf({ userId: row.user_id, hash: row.key_hash }), row);
    for (const row of found.audiences) this.#audiences.set(row.hash, row.id);
    for (const row of found.conversations) this.#conversations.set(row.hash, row.thread);
  }

  #knowUser(row: UserRow): void {
    this.users.set(row.id, row);
    this.#userIds.set(row.username_key, row.id);
  }

  #tick(): number {
    this.clock.seq += 1;
    return this.clock.seq;
  }

  /** Nothing of it needs to be written. */
  get isUnchanged(): boolean {
    const { changedMessages, newUsers, changedUsers } = this.work;
    const isSameHistory = this.clock.epoch === this.#epoch;
    return changedMessages.size + newUsers.size + changedUsers.size === 0 && this.sessions.isUnchanged && isSameHistory;
  }

  isTaken(usernameKey: string): boolean {
    return this.#userIds.has(usernameKey);
  }

  /** A new account takes no tick: nobody can have heard of it yet. */
  addUser(user: Pick<UserRow, 'username' | 'username_key' | 'password_hash' | 'bio' | 'data'>): UserRow {
    this.clock.last_user_id += 1;
    const row: UserRow = {
      ...user,
      id: this.clock.last_user_id,
      seq: 0,
      created: this.now,
      moderator: 0,
      banned: 0,
      deleted: 0,
    };
    this.#knowUser(row);
    this.work.newUsers.add(row.id);
    return row;
  }

  /**
   * Changes an account. The tick that this takes is how every process hears of it, forgets what it kept of the account
   * and asks its open streams whether they may go on. Without fields it does just that, as after a log-out.
   */
  changeUser(id: number, fields: Partial<UserFields>): UserRow {
    const before = this.users.get(id);
    if (!before) throw new Error(`user ${id} was not among the needs of this write`);

    const row: UserRow = { ...before, ...fields, seq: this.#tick() };
    this.#knowUser(row);
    this.work.changedUsers.add(id);
    this.work.quietTicks += 1;
    return row;
  }

  /** What was made under an Idempotency-Key before. */
  key(name: KeyName): Row<'keys'> | undefined {
    return this.#keys.get(keyOf(name));
  }

  addKey(name: KeyName, digest: string, firstId: number, n: number): void {
    const row = { user_id: name.userId, key_hash: name.hash, digest, first_id: firstId, n, created: this.now };
    this.#keys.set(keyOf(name), row);
    this.work.newKeys.push(row);
  }

  /** The id of a set of people, known by its hash; a new one is made. */
  audience(hash: string, people: readonly number[]): number {
    const known = this.#audiences.get(hash);
    if (known !== undefined) return known;

    // The head is free for an audience: each tick makes one message at most, and a message one audience.
    const id = this.clock.seq + 1;
    this.#audiences.set(hash, id);
    this.work.newAudiences.push({ id, hash, people: JSON.stringify(people) });
    return id;
  }

  /** The thread that private messages of this hash (its people and topics) belong to. */
  conversation(hash: string): number | undefined {
    return this.#conversations.get(hash);
  }

  addConversation(hash: string, thread: number): void {
    this.#conversations.set(hash, thread);
    this.work.newConversations.push({ hash, thread });
  }

  post(message: NewMessage): MessageRow {
    const id = this.#tick();
    const row: MessageRow = {
      id,
      seq: id,
      user_id: message.userId,
      text: message.text,
      data: message.data,
      topics: JSON.stringify(message.topics),
      created: this.now,
      edited: null,
      deleted: 0,
      reply_to: message.replyTo ?? 0,
      thread: message.thread ?? id,
      replies: 0,
      audience: message.audience,
      people: message.audience === 0 ? null : JSON.stringify(message.people),
    };
    this.messages.set(id, row);
    this.work.newMessages.add(id);
    this.work.changedMessages.add(id);

    const thread = this.#touch(row, message.people);
    thread.posts += 1;
    thread.latest = id;
    this.#countReply(row, 1);
    return row;
  }

  edit(row: MessageRow, text: string, data: string | null): MessageRow {
    return this.#revise({ ...row, seq: this.#tick(), text, data, edited: this.now });
  }

  /** What is left is a tombstone, without text and data. */
  remove(row: MessageRow): void {
    this.#revise({ ...row, seq: this.#tick(), text: '', data: null, deleted: 1 });
    this.work.removedMessages.add(row.id);

    const thread = this.#touch(row, peopleOf(row));
    thread.posts -= 1;
    const touched = this.work.touchedThreads.get(row.thread);
    if (touched && thread.latest === row.id) touched.lostLatest = true;
    this.#countReply(row, -1);
  }

  /** A new row in the old one's place: whoever was given the old one keeps what they saw. */
  #revise(row: MessageRow): MessageRow {
    this.messages.set(row.id, row);
    this.work.changedMessages.add(row.id);
    this.work.dirtyMessages.add(row.id);
    return row;
  }

  #countReply(row: MessageRow, by: 1 | -1): void {
    const parent = this.messages.get(row.reply_to);
    if (!parent) return;
    parent.replies += by;
    this.work.dirtyMessages.add(parent.id);
  }

  /** The rows behind ids, as they are now. */
  rows(ids: Iterable<number>): MessageRow[] {
    return [...ids].flatMap((id) => this.messages.get(id) ?? []);
  }

  userRows(ids: Iterable<number>): UserRow[] {
    return [...ids].flatMap((id) => this.users.get(id) ?? []);
  }

  #touch(row: MessageRow, people: readonly number[]): ThreadRow {
    const known = this.threads.get(row.thread);
    const { thread: id, user_id, audience, topics } = row;
    const thread = known ?? { id, user_id, audience, topics, posts: 0, latest: 0 };
    if (!known) this.threads.set(thread.id, thread);

    if (!this.work.touchedThreads.has(thread.id)) {
      const before = known ? { posts: known.posts, latest: known.latest } : null;
      this.work.touchedThreads.set(thread.id, { row: thread, people, before, lostLatest: false });
    }
    return thread;
  }
}

function keyOf({ userId, hash }: KeyName): string {
  return `${userId} ${hash}`;
}

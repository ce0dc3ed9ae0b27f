import { BatchThreads } from './batch-threads.ts';
import type { NewMessage, UnplacedMessage, Work } from './batch-work.ts';
import { isBeingFilled } from './clock.ts';
import { isPublic } from './columns.ts';
import { type Found, type KeyName, keyOf } from './needs.ts';
import { type MessageRow, PART, type Row, type UserRow } from './schema.ts';
import { SessionBatch } from './sessions.ts';

/** What of an account can change. */
export type UserFields = Pick<UserRow, 'password_hash' | 'bio' | 'data' | 'moderator' | 'banned' | 'deleted'>;

/**
 * The part of the board that a batch of writes looks at, as it is under the lock with the batch's own earlier writes in
 * it, so that each write is checked against the board as it will be. Nothing is written before the batch is decided.
 */
export class Batch {
  readonly now: number;
  readonly clock: Row<'clock'>;
  readonly users = new Map<number, UserRow>();
  readonly messages = new Map<number, MessageRow>();
  readonly threads = new BatchThreads(this.messages);
  /** Authors who are banned or deleted. */
  readonly outcasts = new Set<number>();
  readonly sessions = new SessionBatch();
  /** The clock as it was before. */
  readonly found: Row<'clock'>;
  /** Ids of sets of people, and of the threads of private conversations, by hash. */
  readonly audiences = new Map<string, number>();
  readonly conversations = new Map<string, number>();
  readonly #userIds = new Map<string, number>();
  readonly #keys = new Map<string, Row<'keys'>>();

  readonly work: Work = {
    newUsers: new Set(),
    changedUsers: new Set(),
    newMessages: new Set(),
    newKeys: [],
    newAudiences: [],
    newConversations: [],
    dirtyMessages: new Set(),
    pastChanges: [],
    answeredMessages: new Set(),
    removedMessages: new Set(),
    forgottenMessages: [],
    forgottenKeys: [],
    changedMessages: new Set(),
    quietTicks: 0,
  };

  /** @param now - ms since 1970: when all that this batch does happened. */
  constructor(clock: Row<'clock'>, now: number) {
    this.clock = { ...clock };
    this.found = clock;
    this.now = now;
  }

  know(found: Found): void {
    for (const row of found.users) this.#knowUser(row);
    for (const row of found.messages) this.messages.set(row.id, row);
    for (const row of found.threads) this.threads.know(row);
    for (const row of found.keys) this.#keys.set(keyOf({ userId: row.user_id, hash: row.key_hash }), row);
    for (const row of found.audiences) this.audiences.set(row.hash, row.id);
    for (const row of found.conversations) this.conversations.set(row.hash, row.thread);
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
    const hasRows = changedMessages.size + newUsers.size + changedUsers.size > 0;
    const forgets = this.work.forgottenMessages.length + this.work.forgottenKeys.length > 0;
    return !hasRows && !forgets && this.sessions.isUnchanged && !this.hasNewHistory;
  }

  /** It is another history from now on, or less of it is remembered. */
  get hasNewHistory(): boolean {
    return this.clock.epoch !== this.found.epoch || this.clock.horizon !== this.found.horizon;
  }

  /** The board is being imported, so that nobody else may write on it. */
  get isBeingFilled(): boolean {
    return isBeingFilled(this.found.epoch);
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

  /** Puts an account of another board here as it was there. */
  restoreUser(row: UserRow): void {
    this.clock.last_user_id = Math.max(this.clock.last_user_id, row.id);
    this.#knowUser(row);
    this.work.newUsers.add(row.id);
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

  /**
   * The id of a set of people, known by its hash; a new one is made.
   *
   * @param id - that of its first message: each makes one audience at most. Default: the next one's.
   */
  audience(hash: string, people: readonly number[], id = this.clock.seq + 1): number {
    const known = this.audiences.get(hash);
    if (known !== undefined) return known;

    this.audiences.set(hash, id);
    this.work.newAudiences.push({ id, hash, people: JSON.stringify(people) });
    return id;
  }

  /** The thread that private messages of this hash (its people and topics) belong to. */
  conversation(hash: string): number | undefined {
    return this.conversations.get(hash);
  }

  addConversation(hash: string, thread: number): void {
    this.conversations.set(hash, thread);
    this.work.newConversations.push({ hash, thread });
  }

  post(message: NewMessage): MessageRow {
    const id = this.#tick();
    return this.#add({
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
    });
  }

  /** Puts a message of another board here as it was there, or what is left of it. What is counted is counted anew. */
  restore(message: UnplacedMessage): void {
    this.clock.seq = Math.max(this.clock.seq, message.id);
    this.#add(message);
  }

  #add(message: UnplacedMessage): MessageRow {
    const begins = isPublic(message) && message.thread === message.id;
    const row: MessageRow = { ...message, part: begins ? PART.alone : PART.rest };
    this.threads.add(row);
    this.messages.set(row.id, row);
    this.work.newMessages.add(row.id);
    this.work.changedMessages.add(row.id);
    if (row.deleted === 0) this.#countReply(row, 1);
    return row;
  }

  edit(row: MessageRow, text: string, data: string | null): MessageRow {
    return this.#revise({ ...row, seq: this.#tick(), text, data, edited: Math.max(this.now, row.created) });
  }

  /** What is left is a tombstone, without text and data. */
  remove(row: MessageRow): void {
    this.threads.remove(row);
    this.#revise({ ...row, seq: this.#tick(), text: '', data: null, deleted: 1 });
    this.work.removedMessages.add(row.id);
    this.#countReply(row, -1);
  }

  /**
   * Keeps a tombstone no longer, so that whoever has not heard of that deletion cannot resume. Of a thread of which nothing
   * else is left there is nothing then.
   */
  forget(row: MessageRow): void {
    this.clock.horizon = Math.max(this.clock.horizon, row.seq);
    this.messages.delete(row.id);
    this.work.forgottenMessages.push(row);
  }

  forgetKey(name: KeyName): void {
    this.work.forgottenKeys.push(name);
  }

  /** A new row in the old one's place: whoever was given the old one keeps what they saw. */
  #revise(row: MessageRow): MessageRow {
    const { newMessages, dirtyMessages } = this.work;
    const before = this.messages.get(row.id);
    const isStored = !newMessages.has(row.id) && !dirtyMessages.has(row.id);
    if (before && isStored && before.seq !== before.id)
      this.work.pastChanges.push({ seq: before.seq, message_id: before.id });
    this.messages.set(row.id, row);
    this.work.changedMessages.add(row.id);
    this.work.dirtyMessages.add(row.id);
    return row;
  }

  #countReply(row: MessageRow, by: 1 | -1): void {
    const parent = this.messages.get(row.reply_to);
    if (!parent) return;
    parent.replies += by;
    this.work.answeredMessages.add(parent.id);
  }

  /** The rows behind ids, as they are now. */
  rows(ids: Iterable<number>): MessageRow[] {
    return [...ids].flatMap((id) => this.messages.get(id) ?? []);
  }

  userRows(ids: Iterable<number>): UserRow[] {
    return [...ids].flatMap((id) => this.users.get(id) ?? []);
  }
}

import { LRUCache } from 'lru-cache';
import { Batch } from './batch.ts';
import { isBeingFilled } from './clock.ts';
import type { TopicRows } from './counting.ts';
import { type Found, keyOf, type Needs } from './needs.ts';
import { type MessageRow, PART, type Row, type ThreadRow } from './schema.ts';

/** So many batches in a row must have found what was foreseen before one is trusted to. */
const PROOF = 8;
/** Twice as many after each that was trusted in vain, which costs another try and a server some lines in its log; up to so many. */
const MOST_PROOF = 1024;
/** After so many in a row that were right it is as in the beginning. */
const AMENDS = 1000;

/** So many of each kind are kept in mind, and messages of so many UTF-16 units at most: some MiB. */
const MOST = 1000;
const MOST_LENGTH = 4000;

/** A write, as far as it matters here. */
interface Need {
  readonly needs: Needs;
  /** How many messages it makes, at most. */
  readonly rows: number;
}

/** What is recalled: rows of the batch's own, as it counts in them. */
type Recalled = { readonly [Kind in keyof Found]: Found[Kind][number][] };

/**
 * While nobody else writes, a batch finds what the one before it has left. So what was read and written of late is kept in
 * mind, and a batch that needs no more is decided without a look: all of it goes to the database at once, in one round trip
 * instead of two or three, behind a check of the clock. If that is another one, for whatever reason, the transaction fails as
 * a whole and is done again with a look. (Optimistic concurrency control, Kung and Robinson 1981.)
 *
 * What can change without a tick is either not kept in mind, or new: then its unique key fails if it is there already.
 */
export class Foresight {
  /** As the last batch leaves it. `null`: nothing is known. */
  #clock: Row<'clock'> | null = null;
  /** The last batch's, in the log of commits. */
  #number: number | null = null;
  readonly #leastProof: number;
  #proof: number;
  /** So many batches in a row have found what the ones before them had left. */
  #proved = 0;
  /** Neither banned nor deleted. */
  readonly #authors = new LRUCache<number, true>({ max: MOST });
  /** Live ones. */
  readonly #messages = new LRUCache<number, MessageRow>({ max: MOST });
  /** Those that have posts: of no other is anything forgotten, without a tick perhaps. */
  readonly #threads = new LRUCache<number, ThreadRow>({ max: MOST });
  readonly #audiences = new LRUCache<string, number>({ max: MOST });
  /** Idempotency-Keys that were used. */
  readonly #keys = new LRUCache<string, true>({ max: MOST });
  readonly #conversations = new LRUCache<string, number>({ max: MOST });
  /** Public topics, kept by whoever counts in them. */
  readonly topics: TopicRows = new Map();

  /** @param proof - so many batches in a row must have found what was foreseen, at first. */
  constructor(proof = PROOF) {
    this.#leastProof = proof;
    this.#proof = proof;
  }

  /** Whether the next batch may do without a look, if no more is needed for it than is known. */
  get isTrusted(): boolean {
    return this.#known !== null;
  }

  get #known(): { readonly clock: Row<'clock'>; readonly number: number } | null {
    const [clock, number] = [this.#clock, this.#number];
    const isProved = this.#proved >= this.#proof;
    return clock !== null && number !== null && isProved && !isBeingFilled(clock.epoch) ? { clock, number } : null;
  }

  /** The next batch, with all that its writes need, and the number of the one that left the board so. `null`: it must be loaded. */
  batch(writes: readonly Need[], now: number): { readonly batch: Batch; readonly behind: number } | null {
    const known = this.#known;
    if (!known) return null;
    const found: Recalled = { users: [], messages: [], threads: [], keys: [], audiences: [], conversations: [] };
    if (!writes.every((write) => this.#recall(write, found))) return null;

    const batch = new Batch(known.clock, now);
    batch.know(found);
    return { batch, behind: known.number };
  }

  #recall({ needs, rows }: Need, found: Recalled): boolean {
    const { keys = [], authors = [], messages = [], threads = [], audiences = [], conversations = [], ...rest } = needs;
    if (Object.values(rest).some((kind) => kind.length > 0)) return false;
    // What makes nothing wants to know whether there is such a key.
    if (keys.length > 0 && rows === 0) return false;
    return (
      !keys.some((name) => this.#keys.has(keyOf(name))) &&
      authors.every((id) => this.#authors.get(id)) &&
      messages.every((id) => this.#recallMessage(id, found)) &&
      threads.every((id) => this.#recallThread(id, found)) &&
      audiences.every((hash) => this.#recallAudience(hash, found)) &&
      conversations.every((hash) => this.#recallConversation(hash, found))
    );
  }

  #recallMessage(id: number, found: Recalled): boolean {
    const row = this.#messages.get(id);
    if (!row) return false;
    if (row.reply_to > 0) {
      const parent = this.#messages.get(row.reply_to);
      if (!parent) return false;
      found.messages.push({ ...parent });
    }
    found.messages.push({ ...row });
    return row.part === PART.alone || this.#recallThread(row.thread, found);
  }

  #recallThread(id: number, found: Recalled): boolean {
    const row = this.#threads.get(id);
    if (row) found.threads.push({ ...row });
    return row !== undefined;
  }

  #recallAudience(hash: string, found: Recalled): boolean {
    const id = this.#audiences.get(hash);
    if (id !== undefined) found.audiences.push({ id, hash });
    return id !== undefined;
  }

  #recallConversation(hash: string, found: Recalled): boolean {
    const thread = this.#conversations.get(hash);
    if (thread === undefined) return false;
    found.conversations.push({ hash, thread });
    return this.#recallThread(thread, found);
  }

  /** Hears of a batch that was loaded, before it is decided. */
  met({ found }: Batch): void {
    const known = this.#clock;
    const isSame =
      found.seq === known?.seq &&
      found.last_user_id === known.last_user_id &&
      found.epoch === known.epoch &&
      found.horizon === known.horizon;
    if (!isSame) this.forget();
  }

  /**
   * Hears of a batch that is on its way to be committed. If it does not get there, {@link forget} must be told.
   *
   * @param number - its own, in the log of commits; `undefined`: it has written nothing.
   */
  learn(batch: Batch, writes: readonly Need[], number: number | undefined): void {
    const { forgottenMessages, changedUsers } = batch.work;
    if (forgottenMessages.length > 0 || batch.hasNewHistory) this.forget();
    if (this.topics.size > MOST) this.topics.clear();
    this.#clock = batch.clock;
    this.#number = number ?? this.#number;
    this.#proved += 1;
    if (this.#proved - this.#proof > AMENDS) this.#proof = this.#leastProof;

    for (const { needs, rows } of writes) {
      for (const name of rows > 0 ? (needs.keys ?? []) : []) this.#keys.set(keyOf(name), true);
      for (const id of needs.authors ?? []) keep(this.#authors, id, batch.outcasts.has(id) ? undefined : true);
    }
    for (const id of changedUsers) this.#authors.delete(id);
    for (const [id, row] of batch.messages) keep(this.#messages, id, isKept(row) ? row : undefined);
    for (const [id, row] of batch.threads.rows) keep(this.#threads, id, row.posts > 0 ? row : undefined);
    for (const [hash, id] of batch.audiences) this.#audiences.set(hash, id);
    for (const [hash, thread] of batch.conversations) this.#conversations.set(hash, thread);
  }

  /** Hears that a batch was trusted in vain, and with it those behind it, for which there is nothing left to doubt. */
  doubt(): void {
    if (this.#clock !== null) this.#proof = Math.min(this.#proof * 2, MOST_PROOF);
  }

  /** Something failed, or is not as it was left. */
  forget(): void {
    this.#clock = null;
    this.#number = null;
    this.#proved = 0;
    for (const kind of [this.#authors, this.#messages, this.#threads, this.#audiences, this.#conversations])
      kind.clear();
    this.topics.clear();
  }
}

/** `undefined`: it is not kept, nor what was kept before. */
function keep<Key extends {}, Value extends {}>(kind: LRUCache<Key, Value>, key: Key, value: Value | undefined): void {
  if (value === undefined) kind.delete(key);
  else kind.set(key, value);
}

function isKept({ deleted, text, data, people }: MessageRow): boolean {
  return deleted === 0 && text.length + (data?.length ?? 0) + (people?.length ?? 0) <= MOST_LENGTH;
}

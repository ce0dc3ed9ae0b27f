import type { Stretch } from '../../src/feed/stretch.ts';
import type { Deleted, MessageState } from '../../src/model/change.ts';
import type { Clock, Place } from '../../src/model/cursor.ts';
import { matches, type Selection, sees } from '../../src/model/filter.ts';
import type { Message } from '../../src/model/message.ts';

/** Who reads, and what. */
export interface Sight {
  readonly viewer: number | null;
  readonly selection: Selection;
}

/** In which order a reader is led through what it missed: as the store does, or by `seq` alone, for comparison. */
export type ReadOrder = 'id and seq' | 'seq';

/** A board in memory: every version of every message under one clock, read as the store reads it. */
export class SimulatedHistory {
  #clock: Clock = { seq: 0, epoch: 'e1', horizon: 0 };
  #latest = new Map<number, MessageState>();
  /** The tick of the latest change to the one account that changes. */
  #accountSeq = 0;
  /** The furthest horizon that there ever was. */
  prunedUpTo = 0;
  /** All versions in their order, for each epoch. */
  readonly #versions = new Map<string, MessageState[]>([['e1', []]]);

  get clock(): Clock {
    return this.#clock;
  }

  /** The ids of messages that can still be changed. */
  liveIds(): number[] {
    return [...this.#latest.values()].filter(({ deleted }) => !deleted).map(({ id }) => id);
  }

  post(topics: readonly string[], people: readonly number[]): MessageState {
    const seq = this.#tick();
    const audience = people.length === 0 ? 0 : 1;
    const place = { id: seq, seq, userId: 1, topics, thread: seq, replyTo: null, audience, people };
    return this.#put({ ...place, deleted: false, message: messageOf(place) });
  }

  edit(id: number): MessageState {
    const next = { ...this.#of(id), seq: this.#tick() };
    return this.#put({ ...next, message: messageOf(next) });
  }

  remove(id: number): MessageState {
    const next = { ...this.#of(id), seq: this.#tick() };
    return this.#put({ ...next, deleted: true, message: tombstoneOf(next) });
  }

  /** A change to account 1: it takes a tick, and is no event. */
  changeAccount(): void {
    this.#accountSeq = this.#tick();
  }

  accountsChangedSince(seq: number): number[] {
    return this.#accountSeq > seq ? [1] : [];
  }

  /** Forgets the deletions up to a tick. */
  prune(horizon: number): void {
    this.#clock = { ...this.#clock, horizon: Math.max(horizon, this.#clock.horizon) };
    this.prunedUpTo = Math.max(horizon, this.prunedUpTo);
    for (const { id, seq, deleted } of this.#latest.values())
      if (deleted && seq <= this.#clock.horizon) this.#latest.delete(id);
  }

  /** Goes back to how it was at a tick, as a restored backup does. */
  restore(seq: number): void {
    const kept = this.#log(this.#clock.epoch).filter((version) => version.seq <= seq);
    this.#clock = { seq, epoch: `e${this.#versions.size + 1}`, horizon: Math.min(this.#clock.horizon, seq) };
    this.#versions.set(this.#clock.epoch, kept);
    this.#accountSeq = Math.min(this.#accountSeq, seq);
    this.#latest = new Map(kept.map((version) => [version.id, version]));
  }

  /** How it is at this moment, whatever comes. */
  snapshot(): SimulatedHistory {
    const copy = new SimulatedHistory();
    copy.#clock = this.#clock;
    copy.#latest = new Map(this.#latest);
    copy.#accountSeq = this.#accountSeq;
    return copy;
  }

  /** What a reader at `place` does not know yet. */
  read(order: ReadOrder, place: Place, limit: number, sight: Sight | null): Stretch {
    return order === 'seq' ? this.#nextBySeq(place) : this.#changes(place, limit, sight);
  }

  #changes(place: Place, limit: number, sight: Sight | null): Stretch {
    const [clock, all] = [this.#clock, [...this.#latest.values()]];
    const changed = all
      .filter(({ id, seq }) => id <= place.id && seq > place.seq)
      .sort((left, right) => left.seq - right.seq)
      .slice(0, limit);
    const last = changed.at(-1);
    if (last && changed.length === limit) return { clock, states: changed, end: { id: place.id, seq: last.seq } };

    const added = all
      .filter((state) => state.id > place.id && !state.deleted && (sight === null || isFor(state, sight)))
      .sort((left, right) => left.id - right.id)
      .slice(0, limit);
    const id = added.length === limit ? (added.at(-1)?.id ?? clock.seq) : clock.seq;
    return { clock, states: [...changed, ...added], end: { id, seq: clock.seq } };
  }

  /** One at a time, so that the place in front of each is exactly the `seq` of the one before. */
  #nextBySeq(place: Place): Stretch {
    const [next] = [...this.#latest.values()]
      .filter(({ seq }) => seq > place.seq)
      .sort((left, right) => left.seq - right.seq);
    const seq = next?.seq ?? this.#clock.seq;
    return { clock: this.#clock, states: next ? [next] : [], end: { id: seq, seq } };
  }

  /** The live messages that `sight` shows, as a reader at this place of an epoch knows them. */
  messagesAt(epoch: string, { id, seq }: Place, sight: Sight): Message[] {
    const versions = this.#log(epoch).filter((version) => version.id <= id && version.seq <= seq);
    const latest = new Map(versions.map((version) => [version.id, version]));
    return [...latest.values()]
      .filter((state) => !state.deleted && isFor(state, sight))
      .map(({ message }) => message as Message);
  }

  #tick(): number {
    this.#clock = { ...this.#clock, seq: this.#clock.seq + 1 };
    return this.#clock.seq;
  }

  #put(written: Omit<MessageState, 'json'>): MessageState {
    const state = { ...written, json: JSON.stringify(written.message) };
    this.#latest.set(state.id, state);
    this.#log(this.#clock.epoch).push(state);
    return state;
  }

  #of(id: number): MessageState {
    const state = this.#latest.get(id);
    if (!state) throw new Error(`there is no message ${id}`);
    return state;
  }

  #log(epoch: string): MessageState[] {
    const log = this.#versions.get(epoch);
    if (!log) throw new Error(`there was no epoch ${epoch}`);
    return log;
  }
}

function isFor(state: MessageState, { viewer, selection }: Sight): boolean {
  return matches(selection, state) && sees(viewer, state);
}

type Written = Omit<MessageState, 'message' | 'json' | 'deleted'>;

function messageOf({ id, seq, topics, thread, replyTo }: Written): Message {
  const user = { id: 1, username: 'kitten', bio: null, created: '2026-11-23T21:37:02.565Z' };
  const written = { text: `as of ${seq}`, created: user.created, edited: seq === id ? null : user.created, data: null };
  const counted = { replies: 0, posts: null, latest: null };
  return { id, seq, ...written, user, topics: [...topics], replyTo, thread, to: [], ...counted };
}

function tombstoneOf({ id, seq, topics, thread, replyTo }: Written): Deleted {
  return { id, seq, user: { id: 1, username: 'kitten' }, topics, thread, replyTo, to: [] };
}

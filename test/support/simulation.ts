import { setImmediate as nextTurn } from 'node:timers/promises';
import { Hub } from '../../src/feed/hub.ts';
import type { Commit } from '../../src/feed/stretch.ts';
import type { MessageState } from '../../src/model/change.ts';
import { formatCursor } from '../../src/model/cursor.ts';
import { EVERYTHING } from '../../src/model/filter.ts';
import { Random } from './random.ts';
import { type ReadOrder, type Sight, SimulatedHistory } from './simulated-history.ts';
import { SimulatedReader } from './simulated-reader.ts';

const STEPS = 200;
const READERS = 5;
/** After the last write all must come to rest within so many rounds. */
const MOST_ROUNDS = 500;
const HEARTBEAT = 15_000;

const SIGHTS: readonly Sight[] = [
  { viewer: null, selection: EVERYTHING },
  { viewer: 1, selection: EVERYTHING },
  { viewer: null, selection: { ...EVERYTHING, topics: ['cats'] } },
  { viewer: 1, selection: { ...EVERYTHING, visibility: 'private' } },
];

/**
 * A hub as it is, on a database and with readers that are not: what comes first, who is cut when, which read takes how
 * long and which fails, a seed decides.
 */
export class Simulation {
  readonly #random: Random;
  readonly #order: ReadOrder;
  readonly #passTime: (ms: number) => void;
  readonly #history = new SimulatedHistory();
  readonly #hub: Hub;
  readonly #readers: SimulatedReader[];
  /** Work of the database, done in any order. */
  readonly #pending: (() => void)[] = [];
  /** Commits of this process on their way to the hub. */
  readonly #commits: Commit[] = [];
  #isStormy = true;

  /** @param passTime - lets all timers know that so many ms have passed. */
  constructor(seed: number, order: ReadOrder, passTime: (ms: number) => void) {
    this.#random = new Random(seed);
    this.#order = order;
    this.#passTime = passTime;
    this.#hub = new Hub({
      clock: this.#history.clock,
      head: () => this.#later(() => this.#history.clock),
      read: (place, limit, sight) => this.#later(() => this.#history.read(order, place, limit, sight)),
      snapshot: async (body) => {
        const snapshot = await this.#later(() => this.#history.snapshot());
        return body({
          read: (place, limit, sight) => this.#later(() => snapshot.read(order, place, limit, sight)),
          changedAccounts: (since) => this.#later(() => snapshot.accountsChangedSince(since)),
        });
      },
      onOtherHistory: () => {},
      // Here, whoever loses commits begins another history at once.
      onLostCommits: async () => {},
      onMeasure: () => {},
      onFault: () => {},
      now: Date.now,
    });
    this.#readers = Array.from({ length: READERS }, () => this.#newReader());
  }

  #newReader(): SimulatedReader {
    const sight = this.#random.pick(SIGHTS) ?? { viewer: null, selection: EVERYTHING };
    const from = this.#random.chance(0.7) ? '0' : null;
    return new SimulatedReader(this.#hub, this.#history, this.#order, sight, 1 + this.#random.below(4), from);
  }

  /** Runs to the end and tells every fault. */
  async run(): Promise<{ faults: string[]; seen: string[] }> {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      // Sometimes all that can go on does so before the next thing happens, mostly only some of it.
      await (this.#random.chance(0.3) ? nextTurn() : undefined);
    }
    const isAtRest = await this.#comeToRest();

    const faults = isAtRest ? this.#readers.flatMap((reader) => reader.allFaults()) : ['they never come to rest'];
    await this.#close();
    return { faults, seen: this.#readers.flatMap(({ seen }) => seen) };
  }

  async #close(): Promise<void> {
    let isClosed = false;
    void this.#hub.close().then(() => {
      isClosed = true;
    });
    while (!isClosed) {
      this.#finishOne();
      await nextTurn();
    }
  }

  #step(): void {
    const what = this.#random.next();
    if (what < 0.22) this.#commits.push(this.#write());
    else if (what < 0.3) this.#write();
    else if (what < 0.34) this.#hub.look();
    else if (what < 0.46) this.#handNext();
    else if (what < 0.72) this.#finishOne();
    else if (what < 0.94) this.#readerActs();
    else if (what < 0.99) this.#passTime(this.#random.chance(0.1) ? HEARTBEAT : 1 + this.#random.below(20));
    else if (this.#random.chance(0.5)) this.#history.prune(this.#random.below(this.#history.clock.seq + 1));
    else if (this.#random.chance(0.3)) this.#history.restore(this.#random.below(this.#history.clock.seq + 1));
  }

  /** One transaction: a few changes, perhaps several of one message. */
  #write(): Commit {
    const from = this.#history.clock.seq;
    const changed = new Map<number, MessageState>();
    const accounts: number[] = [];
    for (let left = this.#random.chance(0.7) ? 1 : 1 + this.#random.below(4); left > 0; left--) {
      if (this.#random.chance(0.05)) {
        this.#history.changeAccount();
        for (const reader of this.#readers) reader.logOut();
        accounts.push(1);
        continue;
      }
      const state = this.#change();
      changed.set(state.id, state);
    }
    const { clock } = this.#history;
    const end = { id: clock.seq, seq: clock.seq };
    return { from, clock, states: [...changed.values()], end, accounts, quiet: accounts.length };
  }

  #change(): MessageState {
    const id = this.#random.pick(this.#history.liveIds());
    const what = this.#random.next();
    if (id === undefined || what < 0.5) {
      const topics = this.#random.chance(0.4) ? ['cats'] : [];
      return this.#history.post(topics, this.#random.chance(0.3) ? [1, 2] : []);
    }
    return what < 0.8 ? this.#history.edit(id) : this.#history.remove(id);
  }

  #handNext(): void {
    const commit = this.#commits.shift();
    if (!commit) return;
    // A commit that could not be presented.
    if (this.#isStormy && this.#random.chance(0.03)) this.#hub.look();
    else this.#hub.hand(commit);
  }

  #readerActs(): void {
    const reader = this.#random.pick(this.#readers);
    const what = this.#random.next();
    if (!reader?.isConnected) reader?.connect();
    else if (what < 0.7) reader.take(1 + this.#random.below(4));
    else if (what < 0.9) reader.cut();
    else reader.stick(what < 0.93);
  }

  /** Something that the database does at some moment, and whose result arrives at another. */
  #later<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#pending.push(() => {
        if (this.#isStormy && this.#random.chance(0.01)) return reject(new Error('the database is away'));
        const result = work();
        if (this.#random.chance(0.5)) resolve(result);
        else this.#pending.push(() => resolve(result));
      });
    });
  }

  #finishOne(): void {
    const [finish] = this.#pending.splice(this.#random.below(this.#pending.length), 1);
    finish?.();
  }

  /** Nobody writes any more, and everybody comes back: whether all end up at the head. */
  async #comeToRest(): Promise<boolean> {
    this.#isStormy = false;
    const { seq, epoch } = this.#history.clock;
    const head = formatCursor({ id: seq, seq }, epoch);

    for (let round = 0, quiet = 0; round < MOST_ROUNDS && quiet < 2; round++) {
      while (this.#commits.length > 0) this.#handNext();
      while (this.#pending.length > 0) this.#finishOne();
      for (const reader of this.#readers) {
        reader.stick(false);
        reader.connect();
        reader.take(Number.POSITIVE_INFINITY);
      }
      this.#hub.look();
      // Whoever has nothing to hear is told the time by the heartbeat.
      this.#passTime(round % 50 === 49 ? HEARTBEAT : 20);
      await nextTurn();
      quiet = this.#readers.every(({ isIdle, cursor }) => isIdle && cursor === head) ? quiet + 1 : 0;
    }
    return this.#readers.every(({ isIdle, cursor }) => isIdle && cursor === head);
  }
}

import { BoardError } from '../model/errors.ts';
import type { Measure } from '../model/measure.ts';
import { nextTurn } from '../model/turn.ts';
import type { Committer } from './committer.ts';
import { isOutage } from './outage.ts';
import type { Commit, Write } from './write.ts';

/** At most this many messages, of so many bytes, share one transaction: others wait for the clock meanwhile. */
const MOST_ROWS = 1000;
const MOST_BYTES = 4 * 1024 * 1024;

/** At most this many messages, of so many bytes, wait; one more is told to come back. */
const MOST_WAITING = 10_000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * At most so many groups are on their way to the database: one that it works on, and one behind. That one is sent once so large a part
 * of all who write wait for it.
 */
const MOST_UNDER_WAY = 2;
const SHARE = 0.25;

interface Waiting {
  readonly write: Write<unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface WriterOptions {
  readonly committer: Pick<Committer, 'chains' | 'commit'>;
  /** Whether the database does its work while this process does its own. */
  readonly isElsewhere: boolean;
  /** Hears of each commit, in order, before its writers do. */
  readonly onCommit: (commit: Commit) => void;
  readonly onMeasure: (measure: Measure) => void;
}

/** A group that another may be behind. */
interface Group {
  /** It is committed, or has failed for good. */
  readonly ended: Promise<void>;
  /** The board and its writers have heard of it. */
  readonly told: Promise<void>;
}

/**
 * Group commit: one writer takes all writes that wait, decides them one after the other in one transaction, syncs once and
 * answers all. The longer a sync takes, the more come together for the next, which is sent behind where it is known what the
 * one before it leaves.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #waiting: Waiting[] = [];
  #waitingRows = 0;
  #waitingBytes = 0;
  #working: Promise<void> | null = null;
  /** So many groups are on their way, and so many writes that have not been told. */
  #underWay = 0;
  #untold = 0;
  #last: Group = { ended: Promise.resolve(), told: Promise.resolve() };
  /** Those of a group that failed are tried one by one, and told as they come: nothing is sent among them. */
  #triesEach = false;
  /** Of a group that has ended, or of enough who wait for another. */
  #news = Promise.withResolvers<void>();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Resolves with what `write` decided, once that is committed and synced. */
  submit<Result>(write: Write<Result>): Promise<Result> {
    if (this.#waitingRows >= MOST_WAITING || this.#waitingBytes >= MOST_WAITING_BYTES) {
      return Promise.reject(
        new BoardError('unavailable', 'Too many writes wait. Try again in a second.', { retryAfter: 1 }),
      );
    }
    this.#waitingRows += write.rows;
    this.#waitingBytes += write.bytes ?? 0;
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ write, resolve: resolve as (result: unknown) => void, reject });
      this.#working ??= this.#work();
      if (this.#mayBegin) this.#news.resolve();
    });
  }

  /** Resolves once nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  async #work(): Promise<void> {
    const { isElsewhere } = this.#options;
    // Whatever else arrived in this turn of the event loop shares the first transaction.
    await nextTurn();
    for (;;) {
      if (this.#mayBegin) {
        await this.#begin();
        if (!isElsewhere) await this.#last.told;
        if (!isElsewhere || this.#underWay > 0) await nextTurn();
      } else if (this.#underWay > 0) {
        this.#news = Promise.withResolvers();
        await this.#news.promise;
        // Whoever has been told may write again.
        if (this.#options.committer.chains) await nextTurn();
      } else {
        await this.#last.told;
        if (this.#waiting.length === 0) break;
      }
    }
    this.#working = null;
  }

  get #mayBegin(): boolean {
    const waiting = this.#waiting.length;
    if (waiting === 0 || this.#underWay === 0) return waiting > 0;
    const mayFollow = this.#options.committer.chains && !this.#triesEach && this.#underWay < MOST_UNDER_WAY;
    return mayFollow && waiting >= SHARE * (waiting + this.#untold);
  }

  /** Begins with the next group. Resolves once another may be begun: it has ended, or is all on its way. */
  #begin(): Promise<void> {
    // Half of all who write, and the other half is answered meanwhile: a small group and a great one keep each other waiting.
    const isHalf = this.#options.committer.chains || this.#untold > 0;
    const group = this.#take(isHalf ? Math.ceil((this.#waiting.length + this.#untold) / 2) : this.#waiting.length);
    this.#underWay += 1;
    this.#untold += group.length;

    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const committed = this.#commit(group, before, resolve);
    const ended = Promise.all([committed, before.ended]).then(() => {
      this.#underWay -= 1;
      this.#news.resolve();
      resolve();
    });
    const told = this.#tell(committed, before.told).then(() => {
      this.#untold -= group.length;
    });
    this.#last = { ended, told };
    return promise;
  }

  async #tell(committed: Promise<() => void>, before: Promise<void>): Promise<void> {
    const tell = await committed;
    const isAwaited = this.#waiting.length > 0;
    await before;
    // A server begins with those who wait already while whoever wrote before them is told, which takes this process longer
    // than what it does for the database: where 64 post over HTTP, a tenth to a fifth more get through.
    if (isAwaited && this.#options.isElsewhere && !this.#options.committer.chains) await nextTurn();
    tell();
  }

  /** As many as fit into one transaction, `most` at most, and one at least. */
  #take(most: number): Waiting[] {
    let rows = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex(({ write }, index) => {
      const isFull =
        index > 0 && (index >= most || rows + write.rows > MOST_ROWS || bytes + (write.bytes ?? 0) > MOST_BYTES);
      if (isFull) return true;
      rows += write.rows;
      bytes += write.bytes ?? 0;
      return false;
    });
    this.#waitingRows -= rows;
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  /** Resolves, once they are committed, with what tells them and the board of it. */
  async #commit(group: readonly Waiting[], before: Group, onIssued: () => void): Promise<() => void> {
    const start = performance.now();
    const writes = group.map(({ write }) => write);
    const done = await this.#options.committer
      .commit(writes, { before: before.ended, onIssued })
      .catch(async (error: unknown) => {
        // One of them may have spoiled it for all, so each gets its own try. A database that is away is away for all.
        if (group.length > 1 && !isOutage(error)) {
          await before.told;
          this.#triesEach = true;
          for (const waiting of group) (await this.#commit([waiting], before, onIssued))();
          this.#triesEach = false;
        } else for (const { reject } of group) reject(error);
        return null;
      });
    if (!done) return () => {};

    const { outcomes, commit } = done;
    this.#options.onMeasure({ kind: 'commit', writes: group.length, seconds: (performance.now() - start) / 1000 });
    return () => {
      if (commit.to > commit.from) this.#options.onCommit(commit);
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome && 'result' in outcome) resolve(outcome.result);
        else reject(outcome?.error);
      }
    };
  }
}

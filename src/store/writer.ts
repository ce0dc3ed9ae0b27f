import { BoardError } from '../model/errors.ts';
import type { Measure } from '../model/measure.ts';
import { nextTurn } from '../model/turn.ts';
import type { Batch } from './batch.ts';
import type { BatchSql } from './batch-sql.ts';
import type { CommitLog } from './commit-log.ts';
import { ConnectionLost } from './dialects/connection-lost.ts';
import type { Foresight } from './foresight.ts';
import type { Needs } from './needs.ts';
import { isOutage } from './outage.ts';
import type { MessageRow, UserRow } from './schema.ts';
import type { Transact, Transaction } from './transaction.ts';

/** At most this many messages, of so many bytes, share one transaction: others wait for the clock meanwhile. */
const MOST_ROWS = 1000;
const MOST_BYTES = 4 * 1024 * 1024;

/** At most this many messages, of so many bytes, wait; one more is told to come back. */
const MOST_WAITING = 10_000;
const MOST_WAITING_BYTES = 64 * 1024 * 1024;

/** A write that is decided under the lock. */
export interface Write<Result> {
  readonly needs: Needs;
  /** How many messages it makes, at most. */
  readonly rows: number;
  /** About how many bytes it writes. Default: few. */
  readonly bytes?: number;
  /** It is of an import, which has a board for itself, and may refuse halfway: then nothing of it is done. Default: `false`. */
  readonly fills?: boolean;
  /**
   * Checks and changes the batch. It throws a `BoardError` to refuse, before it has changed anything: a refused write
   * fails alone.
   */
  decide(batch: Batch): Result;
}

/** What one transaction has done: all ticks after `from` up to `to`. */
export interface Commit {
  readonly from: number;
  readonly to: number;
  readonly epoch: string;
  readonly horizon: number;
  readonly messages: readonly MessageRow[];
  /** The accounts that changed, as they are now. */
  readonly users: readonly UserRow[];
  /** Ticks that no message took. */
  readonly quiet: number;
}

interface Waiting {
  readonly write: Write<unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface WriterOptions {
  readonly transact: Transact;
  readonly sql: BatchSql;
  /** Where the answer to a COMMIT can get lost. `null`: it cannot. */
  readonly log: Pick<CommitLog, 'note' | 'has'> | null;
  /** What each batch is foreseen to find. `null`: it looks. */
  readonly foresight: Foresight | null;
  /** Whether the database does its work while this process does its own. */
  readonly isElsewhere: boolean;
  /** Hears of each commit, in order, before its writers do. */
  readonly onCommit: (commit: Commit) => void;
  readonly onMeasure: (measure: Measure) => void;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
}

/** What a transaction came to, for each of its writes and for the board. */
interface Done {
  readonly outcomes: readonly Outcome[];
  readonly commit: Commit;
}

/** What its writes have come to, and made of the board. */
interface Decided {
  readonly batch: Batch;
  readonly outcomes: readonly Outcome[];
}

/** The same, decided without a look behind the batch of this number. */
interface Foreseen extends Decided {
  readonly behind: number;
}

/** A transaction that only lacks its COMMIT, with its number in the log. */
interface Ready {
  readonly done: Done;
  readonly number: number | undefined;
  readonly batch: Batch;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/**
 * Group commit: one writer takes all writes that wait, decides them one after the other in one transaction, syncs once and
 * answers all. The longer a sync takes, the more come together for the next.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #waiting: Waiting[] = [];
  #waitingRows = 0;
  #waitingBytes = 0;
  #working: Promise<void> | null = null;

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
    });
  }

  /** Resolves once nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  async #work(): Promise<void> {
    // Whatever else arrived in this turn of the event loop shares the first transaction.
    await nextTurn();
    while (this.#waiting.length > 0) {
      let group = this.#take();
      let tell = await this.#commit(group);
      // A server begins with those who wait already while whoever wrote before them is told, which takes this process longer
      // than what it does for the database: where 64 post over HTTP, a tenth to a fifth more get through.
      while (this.#options.isElsewhere && this.#waiting.length > 0) {
        // Half of all who write, and the other half is answered meanwhile: a small group and a great one keep each other waiting,
        // and 5 to 7% fewer get through.
        group = this.#take(Math.ceil((group.length + this.#waiting.length) / 2));
        [tell] = await Promise.all([this.#commit(group), nextTurn().then(tell)]);
      }
      tell();
      await nextTurn();
    }
    this.#working = null;
  }

  /** As many as fit into one transaction, `most` at most, and one at least. */
  #take(most = this.#waiting.length): Waiting[] {
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
  async #commit(group: readonly Waiting[]): Promise<() => void> {
    const start = performance.now();
    const done = await this.#transact(group.map(({ write }) => write)).catch(async (error: unknown) => {
      // One of them may have spoiled it for all, so each gets its own try. A database that is away is away for all.
      if (group.length > 1 && !isOutage(error)) {
        // By then whoever wrote before them has been told.
        await nextTurn();
        for (const waiting of group) (await this.#commit([waiting]))();
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

  /**
   * A connection that broke while nobody used it is noticed only now, so there is a second try. To a file there is none:
   * what it refuses, because it is locked or its disk is full or broken, it refuses again. What was not as foreseen is done
   * again besides, with a look.
   */
  async #transact(writes: readonly Write<unknown>[]): Promise<Done> {
    const { transact, log, foresight } = this.#options;

    for (let isLast = log === null; ; ) {
      const now = this.#options.now();
      let foreseen: Foreseen | null = null;
      let ready = null as Ready | null;
      try {
        foreseen = this.#foresee(writes, now);
        await transact(async (transaction) => {
          ready = await this.#run(transaction, writes, now, foreseen);
        });
      } catch (error) {
        foresight?.forget();
        const isMiss = foreseen !== null && !isOutage(error);
        if (!isMiss && !isOutage(error)) throw error;
        if (isMiss) foresight?.doubt();

        // What failed was COMMIT, or only the way back from it. If nobody can tell, neither is there a second try.
        const isLost = isOutage(error) && error.cause instanceof ConnectionLost;
        const mayCome = isMiss || (foreseen !== null && isLost);
        const wasCommitted =
          ready?.number !== undefined && ((await log?.has(ready.number, this.#options.now(), mayCome)) ?? false);
        if (!wasCommitted && isLast && !isMiss) throw error;
        isLast ||= !isMiss;
        if (!wasCommitted) continue;
      }
      if (!ready) throw new Error('a transaction ended without having run');
      foresight?.learn(ready.batch, writes, ready.number);
      return ready.done;
    }
  }

  async #run(
    transaction: Transaction,
    writes: readonly Write<unknown>[],
    now: number,
    foreseen: Foreseen | null,
  ): Promise<Ready> {
    const { sql, log, foresight } = this.#options;
    const isSet = foreseen !== null && sql.expect(transaction, foreseen.batch, foreseen.behind);
    const { batch, outcomes } = foreseen ?? (await this.#look(transaction, writes, now));
    const number = batch.isUnchanged ? undefined : log?.note(transaction, now);
    if (!batch.isUnchanged) await sql.flush(transaction, batch, isSet, foresight?.topics ?? new Map());

    const { seq: from } = batch.found;
    const { seq: to, epoch, horizon } = batch.clock;
    const messages = batch.rows(batch.work.changedMessages);
    const users = batch.userRows(batch.work.changedUsers);
    const commit = { from, to, epoch, horizon, messages, users, quiet: batch.work.quietTicks };
    return { done: { outcomes, commit }, number, batch };
  }

  /** `null`: not all is known. */
  #foresee(writes: readonly Write<unknown>[], now: number): Foreseen | null {
    const foreseen = this.#options.foresight?.batch(writes, now);
    if (!foreseen) return null;
    const outcomes = writes.map((write) => decide(write, foreseen.batch));
    // Nobody is refused without a look: the key of a write may tell that it was done before.
    return outcomes.every((outcome) => 'result' in outcome) ? { ...foreseen, outcomes } : null;
  }

  async #look(transaction: Transaction, writes: readonly Write<unknown>[], now: number): Promise<Decided> {
    const { sql, foresight } = this.#options;
    const batch = await sql.load(
      transaction,
      writes.map(({ needs }) => needs),
      now,
    );
    foresight?.met(batch);
    return { batch, outcomes: writes.map((write) => decide(write, batch)) };
  }
}

function decide(write: Write<unknown>, batch: Batch): Outcome {
  try {
    if (batch.isBeingFilled && write.fills !== true)
      throw new BoardError('unavailable', 'This board is being imported. Try again once that is done.', {
        retryAfter: 30,
      });
    return { result: write.decide(batch) };
  } catch (error) {
    // Anything but a refusal is a fault of ours that may have left the batch half changed. So does an import that stops.
    if (error instanceof BoardError && write.fills !== true) return { error };
    throw error;
  }
}

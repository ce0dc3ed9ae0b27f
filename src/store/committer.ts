import { BoardError } from '../model/errors.ts';
import type { Batch } from './batch.ts';
import type { BatchSql } from './batch-sql.ts';
import type { CommitLog } from './commit-log.ts';
import { ConnectionLost } from './dialects/connection-lost.ts';
import type { Foresight } from './foresight.ts';
import { isOutage } from './outage.ts';
import type { Transact, Transaction } from './transaction.ts';
import type { Commit, Write } from './write.ts';

interface CommitterOptions {
  readonly transact: Transact;
  readonly sql: BatchSql;
  /** Where the answer to a COMMIT can get lost. `null`: it cannot. */
  readonly log: Pick<CommitLog, 'note' | 'has'> | null;
  /** What each batch is foreseen to find. `null`: it looks. */
  readonly foresight: Foresight | null;
  /** Whether a transaction may be sent behind another. */
  readonly mayChain: boolean;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
}

/** Where a group stands among others. */
interface Place {
  /** All before it are committed, or have failed for good. */
  readonly before: Promise<void>;
  /** Hears that it is all on its way, and what it leaves is known: another may be sent behind it. */
  readonly onIssued: () => void;
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

/** Decides the writes of a group, one after the other, and commits them in one transaction. */
export class Committer {
  readonly #options: CommitterOptions;
  /** Transactions whose end is not known yet. */
  readonly #open = new Set<Promise<unknown>>();

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Whether a group may be sent behind those under way, as it is known what they leave. */
  get chains(): boolean {
    return this.#options.mayChain && (this.#options.foresight?.isTrusted ?? false);
  }

  /**
   * A connection that broke while nobody used it is noticed only now, so there is a second try. To a file there is none:
   * what it refuses, because it is locked or its disk is full or broken, it refuses again. What was not as foreseen is done
   * again besides, with a look.
   *
   * @throws what the database says, where nothing of it is done; `unavailable` also where nobody can tell.
   */
  async commit(writes: readonly Write<unknown>[], { before, onIssued }: Place): Promise<Done> {
    const { transact, log, foresight } = this.#options;

    for (let isLast = log === null; ; ) {
      let now = this.#options.now();
      let foreseen: Foreseen | null = null;
      let ready = null as Ready | null;
      try {
        foreseen = this.#foresee(writes, now);
        if (!foreseen) {
          // What it looks at is to be as those before it leave it.
          await before;
          now = this.#options.now();
        }
        await this.#heed(
          transact(
            async (transaction) => {
              ready = await this.#run(transaction, writes, now, foreseen);
              foresight?.learn(ready.batch, writes, ready.number);
            },
            // What changes nothing leaves no number, by which one behind it would fail with it.
            () => ready?.number !== undefined && onIssued(),
          ),
        );
      } catch (error) {
        const isMiss = foreseen !== null && !isOutage(error);
        if (isMiss) foresight?.doubt();
        foresight?.forget();
        // What is behind it fails too. Each is tried again only once all have, and in order.
        while (this.#open.size > 0) await Promise.allSettled(this.#open);
        await before;
        if (!isMiss && !isOutage(error)) throw error;

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
      return ready.done;
    }
  }

  /** Notes a transaction for as long as its end is not known. */
  async #heed(transaction: Promise<void>): Promise<void> {
    this.#open.add(transaction);
    await transaction.finally(() => this.#open.delete(transaction));
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

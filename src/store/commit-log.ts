import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClockSql, GIVEN_UP } from './clock.ts';
import { outage } from './outage.ts';
import type { Db, Row } from './schema.ts';
import { type Command, command, type Statement, statement } from './statement.ts';
import type { Transact, Transaction } from './transaction.ts';

/** How long (ms) to ask a database that went away, and how often. */
const PATIENCE = 5000;
const PAUSE = 100;

/** So many of its own numbers a process leaves behind before it removes them, but for the latest, which may be asked about still. */
const KEPT = 250;
const LATEST = 10;

/** How long (ms) a number of another process is seen before it is removed: the other may have ended, or be quiet. */
const SEEN = 60 * 60 * 1000;
/** Who comes back after so long (ms), as a machine that was suspended does, may find its number removed. */
const TOO_LATE = 30 * 60 * 1000;

/**
 * Tells what became of a COMMIT whose answer got lost. Each transaction leaves a number of its own in the database, and
 * whoever holds the clock afterwards finds it there, or not. A row for each, as one that is written again and again gets
 * slow to read on PostgreSQL. (Nor does its own number of a transaction do: after a crash it is given to another.)
 *
 * What others left is removed by its having been there for an hour of this process's stopwatch: no two clocks need agree.
 */
export class CommitLog {
  readonly #transact: Transact;
  readonly #clock: ClockSql;
  /** Counts up from a number that no other process has come near. */
  #number = randomInt(2 ** 47);
  /** What is below was removed. */
  #floor = this.#number;
  /** When (ms, by the stopwatch) it was last looked at what is there, and what was. */
  #looked = Number.NEGATIVE_INFINITY;
  #seen: readonly number[] = [];
  /** When (ms since 1970) the last number was noted. */
  #noted = 0;

  readonly #insert: Command<Row<'commits'>>;
  readonly #find: Statement<{ id: number }, { noted: number }>;
  readonly #findAll: Statement<object, { id: number }>;
  readonly #remove: Command<{ from: number; to: number }>;

  /** @param on - the database that the statements are compiled for. */
  constructor(on: Db, transact: Transact, clock: ClockSql) {
    this.#transact = transact;
    this.#clock = clock;
    this.#insert = command(({ id, noted }) => on.insertInto('commits').values({ id, noted }));
    this.#find = statement(({ id }) => on.selectFrom('commits').select('noted').where('id', '=', id));
    this.#findAll = statement(() => on.selectFrom('commits').select('id').orderBy('id'));
    this.#remove = command(({ from, to }) => on.deleteFrom('commits').where('id', '>=', from).where('id', '<', to));
  }

  /** Notes, within the transaction of a batch, that it is about to be committed. */
  note(transaction: Transaction, now: number): number {
    this.#number += 1;
    this.#insert(transaction, { id: this.#number, noted: now });
    // If this batch fails, what it has not removed is left to the sweep.
    if (this.#number - this.#floor > KEPT) {
      const to = this.#number - LATEST;
      this.#remove(transaction, { from: this.#floor, to });
      this.#floor = to;
    }
    if (performance.now() - this.#looked > SEEN) this.#sweep(transaction);
    this.#noted = now;
    return this.#number;
  }

  /** Removes what was there the last time, and looks at what is there now. */
  #sweep(transaction: Transaction): void {
    for (const run of runsOf(this.#seen)) this.#remove(transaction, run);
    this.#seen = [];
    this.#looked = performance.now();
    this.#findAll(transaction, {}).then(
      (rows) => {
        this.#seen = rows.map(({ id }) => id);
      },
      // The transaction fails of it too.
      () => {},
    );
  }

  /**
   * Whether a batch was committed, however long it takes the database to come back within some seconds.
   *
   * @param now - in ms since 1970, by the same clock as when it was noted.
   * @param mayCome - all of it may be on its way still. If it was not committed, its number is put there in its place, for it
   *   to fail by when it comes.
   * @throws BoardError `unavailable` if it did not: nobody knows.
   */
  async has(number: number, now: number, mayCome: boolean): Promise<boolean> {
    if (now - this.#noted > TOO_LATE) throw outage(new Error('A COMMIT was asked about too long after it'));
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#transact(async (transaction) => {
          // The old connection may still be at it on the server, which then still holds the clock.
          await this.#clock.take(transaction);
          const [found] = await this.#find(transaction, { id: number });
          if (!found && mayCome) this.#insert(transaction, { id: number, noted: GIVEN_UP });
          return found !== undefined && found.noted !== GIVEN_UP;
        });
      } catch (error) {
        // Whatever else it is that fails here, it does not say that the batch was not committed.
        if (performance.now() > deadline) throw outage(error);
        await sleep(PAUSE);
      }
    }
  }
}

/** The same as stretches without a gap: the numbers of a process follow each other. */
function runsOf(numbers: readonly number[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.to === number) last.to += 1;
    else runs.push({ from: number, to: number + 1 });
  }
  return runs;
}

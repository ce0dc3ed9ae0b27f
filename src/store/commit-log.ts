import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockSql } from './clock.ts';
import { isOutage } from './outage.ts';
import type { Db, Row } from './schema.ts';
import { type Command, command, type Statement, statement } from './statement.ts';
import type { Transact, Transaction } from './transaction.ts';

/** How long (ms) to ask a database that went away, and how often. */
const PATIENCE = 5000;
const PAUSE = 100;

const DAY = 24 * 60 * 60 * 1000;

/**
 * Tells what became of a COMMIT whose answer got lost. Each process notes the number of its batch within the transaction
 * itself, and whoever holds the clock afterwards reads there whether it came to pass.
 */
export class CommitLog {
  readonly #transact: Transact;
  readonly #clock: ClockSql;
  /** This process among all that ever wrote. */
  readonly #id = randomInt(2 ** 47);
  #batch = 0;
  /** When (ms since 1970) a note was last committed: without a fresh one, there may be no row. */
  #noted = 0;

  readonly #insert: Command<Row<'nodes'>>;
  readonly #update: Command<Row<'nodes'>>;
  readonly #find: Statement<{ id: number }, { batch: number }>;
  readonly #forget: Command<{ id: number; until: number }>;

  /** @param on - the database that the statements are compiled for. */
  constructor(on: Db, transact: Transact, clock: ClockSql) {
    this.#transact = transact;
    this.#clock = clock;
    this.#insert = command(({ id, batch, noted }) => on.insertInto('nodes').values({ id, batch, noted }));
    this.#update = command(({ id, batch, noted }) =>
      on.updateTable('nodes').set({ batch, noted }).where('id', '=', id),
    );
    this.#find = statement(({ id }) => on.selectFrom('nodes').select('batch').where('id', '=', id));
    this.#forget = command(({ id, until }) =>
      on.deleteFrom('nodes').where((or) => or.or([or('id', '=', id), or('noted', '<', until)])),
    );
  }

  /** Notes, within the transaction of a batch, that it is about to be committed. */
  note(transaction: Transaction, now: number): number {
    this.#batch += 1;
    const row = { id: this.#id, batch: this.#batch, noted: now };
    if (now - this.#noted < DAY) {
      this.#update(transaction, row);
    } else {
      // Those who have written nothing for long are gone, or do this too when they come back.
      this.#forget(transaction, { id: this.#id, until: now - 7 * DAY });
      this.#insert(transaction, row);
    }
    return this.#batch;
  }

  committed(now: number): void {
    this.#noted = now;
  }

  /**
   * Whether a batch was committed, however long it takes the database to come back within some seconds.
   *
   * @throws BoardError `unavailable` if it did not: nobody knows.
   */
  async has(batch: number): Promise<boolean> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      try {
        return await this.#transact(async (transaction) => {
          // The old connection may still be at it on the server, which then still holds the clock.
          await this.#clock.take(transaction);
          return (await this.#find(transaction, { id: this.#id }))[0]?.batch === batch;
        });
      } catch (error) {
        if (!isOutage(error) || Date.now() > deadline) throw error;
        await sleep(PAUSE);
      }
    }
  }
}

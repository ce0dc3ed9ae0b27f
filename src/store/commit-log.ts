import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClockSql } from './clock.ts';
import { isOutage } from './outage.ts';
import type { Db, Row } from './schema.ts';
import { statement } from './statement.ts';

/** How long (ms) to ask a database that went away, and how often. */
const PATIENCE = 5000;
const PAUSE = 100;

const DAY = 24 * 60 * 60 * 1000;

/**
 * Tells what became of a COMMIT whose answer got lost. Each process notes the number of its batch within the transaction
 * itself, and whoever holds the clock afterwards reads there whether it came to pass.
 */
export class CommitLog {
  readonly #db: Db;
  readonly #clock: ClockSql;
  /** This process among all that ever wrote. */
  readonly #id = randomInt(2 ** 47);
  #batch = 0;
  /** When (ms since 1970) a note was last committed: without a fresh one, there may be no row. */
  #noted = 0;

  readonly #update = statement(({ id, batch, noted }: Row<'nodes'>) =>
    this.#db.updateTable('nodes').set({ batch, noted }).where('id', '=', id),
  );
  readonly #find = statement(({ id }: { id: number }) =>
    this.#db.selectFrom('nodes').select('batch').where('id', '=', id),
  );

  constructor(db: Db, clock: ClockSql) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Notes, within the transaction of a batch, that it is about to be committed. */
  async note(db: Db, now: number): Promise<number> {
    this.#batch += 1;
    const row = { id: this.#id, batch: this.#batch, noted: now };
    if (now - this.#noted < DAY) {
      await this.#update(db, row);
    } else {
      // Those who have written nothing for long are gone, or do this too when they come back.
      await db
        .deleteFrom('nodes')
        .where((or) => or.or([or('id', '=', this.#id), or('noted', '<', now - 7 * DAY)]))
        .execute();
      await db.insertInto('nodes').values(row).execute();
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
        return await this.#db.transaction().execute(async (db) => {
          // The old connection may still be at it on the server, which then still holds the clock.
          await this.#clock.take(db);
          return (await this.#find(db, { id: this.#id }))[0]?.batch === batch;
        });
      } catch (error) {
        if (!isOutage(error) || Date.now() > deadline) throw error;
        await sleep(PAUSE);
      }
    }
  }
}

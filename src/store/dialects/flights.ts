import type { CompiledQuery, QueryResult } from 'kysely';
import { COMMIT, ROLLBACK } from './pooled-driver.ts';

/**
 * At most so many UTF-16 units of values go out together: escaped, they stay far below what a server takes by default (16 MiB
 * on MariaDB), and only a great bulk comes near.
 */
const MOST = 1024 * 1024;

/** Sends statements in one message. The server runs them in order, and none after one that fails. */
type Send = (queries: readonly CompiledQuery[]) => Promise<readonly QueryResult<unknown>[]>;

interface Waiting {
  readonly query: CompiledQuery;
  resolve(result: QueryResult<unknown>): void;
  reject(error: unknown): void;
}

/**
 * Makes round trips few: what is issued in one turn goes to the server in one message, a *flight*. It fails as a whole. A flight
 * that begins a transaction goes out at once, behind whatever has not been answered; any other waits for the one before it, as
 * the server would run it though that had failed, COMMIT too.
 */
export class Flights {
  readonly #begin: string;
  readonly #send: Send;
  readonly #waiting: Waiting[] = [];
  /** The last that went out, until it is answered. */
  #last: readonly Waiting[] | null = null;

  /** @param begin - the statement that begins a transaction, and keeps nothing of one before it that failed. */
  constructor(begin: string, send: Send) {
    this.#begin = begin;
    this.#send = send;
  }

  run(query: CompiledQuery): Promise<QueryResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, resolve, reject });
      if (this.#waiting.length === 1) this.#depart();
    });
  }

  /** Once all that follows from what was answered last has been issued. */
  #depart(): void {
    process.nextTick(() => {
      while (this.#waiting[0] && (!this.#last || this.#begins(this.#waiting[0]))) void this.#fly(this.#take());
    });
  }

  async #fly(flight: readonly Waiting[]): Promise<void> {
    this.#last = flight;
    try {
      const results = await this.#send(flight.map(({ query }) => query));
      for (const [index, { resolve }] of flight.entries()) resolve(results[index] ?? { rows: [] });
    } catch (error) {
      const behind = this.#last === flight ? this.#upTo((waiting) => this.#begins(waiting)) : [];
      for (const { reject } of [...flight, ...behind]) reject(error);
      // Whoever has issued COMMIT as well sees to it no more, and what is left would hold the clock. Another that has gone out behind
      // has begun by dropping it, and would be rolled back in its place.
      if (this.#last === flight && [...flight, ...behind].some(({ query }) => query.sql === COMMIT.sql))
        await this.#send([ROLLBACK]).catch(() => {});
    }
    if (this.#last !== flight) return;
    this.#last = null;
    this.#depart();
  }

  /** Of one transaction, and not too long. */
  #take(): Waiting[] {
    let size = 0;
    return this.#upTo((waiting, index) => {
      size += sizeOf(waiting.query);
      return index > 0 && (size > MOST || this.#begins(waiting));
    });
  }

  #begins({ query }: Waiting): boolean {
    return query.sql === this.#begin;
  }

  #upTo(isEnd: (waiting: Waiting, index: number) => boolean): Waiting[] {
    const end = this.#waiting.findIndex(isEnd);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

function sizeOf({ sql, parameters }: CompiledQuery): number {
  return parameters.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), sql.length);
}

import type { CompiledQuery, QueryResult } from 'kysely';

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
 * Makes round trips few for a driver that waits for each answer: what is issued in one turn goes to the server in one
 * message, a *flight*. It fails as a whole, with all that already waits behind it.
 */
export class Flights {
  readonly #send: Send;
  readonly #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(send: Send) {
    this.#send = send;
  }

  run(query: CompiledQuery): Promise<QueryResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, resolve, reject });
      if (this.#isBusy) return;
      this.#isBusy = true;
      // By then all that follows from what was answered last has been issued.
      process.nextTick(() => this.#fly());
    });
  }

  async #fly(): Promise<void> {
    for (let flight = this.#take(); flight.length > 0; flight = this.#take()) {
      try {
        const results = await this.#send(flight.map(({ query }) => query));
        for (const [index, { resolve }] of flight.entries()) resolve(results[index] ?? { rows: [] });
      } catch (error) {
        for (const { reject } of [...flight, ...this.#waiting.splice(0)]) reject(error);
      }
      await nextTick();
    }
    this.#isBusy = false;
  }

  #take(): Waiting[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ query }, index) => {
      size += sizeOf(query);
      return index > 0 && size > MOST;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }
}

function sizeOf({ sql, parameters }: CompiledQuery): number {
  return parameters.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), sql.length);
}

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

import type { DatabaseConnection } from 'kysely';
import { ConnectionLost } from './connection-lost.ts';

/** A connection that a pool can lend. */
export interface Lendable extends DatabaseConnection {
  /** Whether it is of no use any more. */
  readonly isBroken: boolean;
  close(): unknown;
}

interface Waiting<Connection> {
  resolve(connection: Connection): void;
  reject(error: unknown): void;
}

/** A few connections to one database, opened when first needed, each lent to one user at a time. */
export class Pool<Connection extends Lendable> {
  readonly #open: () => Promise<Connection>;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];
  readonly #waiting: Waiting<Connection>[] = [];
  #unopened: number;
  #isClosed = false;

  constructor(most: number, open: () => Promise<Connection>) {
    this.#unopened = most;
    this.#open = open;
  }

  async acquire(): Promise<Connection> {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      if (!free.isBroken) return free;
      this.#discard(free);
    }
    if (this.#unopened > 0) return this.#openOne();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  release(connection: Connection): void {
    if (connection.isBroken) {
      this.#discard(connection);
      const next = this.#waiting.shift();
      if (next) this.#openOne().then(next.resolve, next.reject);
      return;
    }
    const next = this.#waiting.shift();
    if (next) next.resolve(connection);
    else this.#free.push(connection);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Array.from(this.#all, (connection) => connection.close()));
  }

  async #openOne(): Promise<Connection> {
    this.#unopened -= 1;
    try {
      const connection = await this.#open();
      // It was on its way as all that were there were closed, and nobody else would close it.
      if (this.#isClosed) {
        void connection.close();
        throw new ConnectionLost(new Error('the board is closed'));
      }
      this.#all.add(connection);
      return connection;
    } catch (error) {
      this.#unopened += 1;
      // Nobody is to wait for the next failure in turn.
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      throw error;
    }
  }

  #discard(connection: Connection): void {
    this.#all.delete(connection);
    this.#unopened += 1;
    void connection.close();
  }
}

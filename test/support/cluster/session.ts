import type { QueryResult } from 'kysely';
import type { SimulatedDatabase, Tables } from './database.ts';
import { STATEMENTS, TAKES_CLOCK } from './statements.ts';

/** A statement that came, and the way back for its answer. */
export interface Asked {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  answer(result: QueryResult<unknown> & { readonly command?: string }): void;
  fail(error: Error): void;
}

/** What the server says of itself; `isOutage`: that it could not, rather than that it was asked nonsense. */
export class ServerError extends Error {
  readonly isOutage: boolean;

  constructor(message: string, isOutage: boolean) {
    super(message);
    this.isOutage = isOutage;
  }
}

/** The server's side of a connection: one statement after the other, one transaction after the other. */
export class Session {
  readonly #database: SimulatedDatabase;
  readonly #inbox: Asked[] = [];
  /** What the transaction has made of the tables, once it holds the clock. */
  #draft: Tables | null = null;
  #hasFailed = false;
  /** The statement that waits for the clock. */
  #waiting: Asked | null = null;
  #isOver = false;

  constructor(database: SimulatedDatabase) {
    this.#database = database;
  }

  receive(asked: Asked): void {
    this.#inbox.push(asked);
    this.#work();
  }

  /** The other side is gone. */
  hangUp(): void {
    this.#isOver = true;
    this.#end();
  }

  granted(): void {
    this.#draft = this.#database.committed.copy();
    const asked = this.#waiting;
    this.#waiting = null;
    if (asked) this.#try(asked, () => this.#execute(asked));
    this.#work();
  }

  #work(): void {
    while (!this.#waiting && !this.#isOver) {
      const asked = this.#inbox.shift();
      if (!asked) return;
      this.#try(asked, () => this.#run(asked));
    }
  }

  #try(asked: Asked, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#hasFailed = true;
      asked.fail(error);
    }
  }

  #run(asked: Asked): void {
    switch (asked.sql) {
      case 'begin':
        this.#hasFailed = false;
        asked.answer({ rows: [] });
        break;
      case 'commit':
        this.#commit(asked);
        break;
      case 'rollback':
        this.#rollBack(asked);
        break;
      default:
        if (this.#hasFailed) throw new ServerError('the transaction is aborted', false);
        this.#mayFail(asked.sql);
        this.#execute(asked);
    }
  }

  #execute(asked: Asked): void {
    if (!this.#draft && TAKES_CLOCK.has(asked.sql)) {
      this.#waiting = asked;
      this.#database.take(this);
      return;
    }
    const statement = STATEMENTS.get(asked.sql);
    if (!statement) {
      const error = new Error(`nobody knows what this says: ${asked.sql}`);
      // To the writer it would be one more failure of a database.
      queueMicrotask(() => {
        throw error;
      });
      throw error;
    }
    asked.answer({ rows: [...statement(this.#draft ?? this.#database.committed, asked.parameters)] });
  }

  #commit(asked: Asked): void {
    if (this.#hasFailed) {
      this.#rollBack(asked);
      return;
    }
    try {
      this.#mayFail('commit');
      if (this.#draft) this.#database.commit(this.#draft);
    } finally {
      this.#end();
    }
    asked.answer({ rows: [], command: 'COMMIT' });
  }

  #rollBack(asked: Asked): void {
    this.#end();
    asked.answer({ rows: [], command: 'ROLLBACK' });
  }

  #mayFail(sql: string): void {
    const { scheduler } = this.#database;
    if (!scheduler.strikes(0.004)) return;
    scheduler.tell(`the database fails at ${sql}`);
    throw new ServerError('bad luck', scheduler.random.chance(0.6));
  }

  #end(): void {
    this.#draft = null;
    this.#hasFailed = false;
    this.#waiting = null;
    this.#database.letGo(this);
  }
}

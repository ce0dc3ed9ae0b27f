import type { CompiledQuery, QueryResult } from 'kysely';
import { ConnectionLost } from '../../../src/store/dialects/connection-lost.ts';
import { PagedConnection } from '../../../src/store/dialects/paged-connection.ts';
import type { PooledConnection } from '../../../src/store/dialects/pooled-driver.ts';
import type { SimulatedDatabase } from './database.ts';
import { Line } from './scheduler.ts';
import { Session } from './session.ts';

/** The client's side of a connection to the database, and the wires in between. */
export class SimulatedConnection extends PagedConnection implements PooledConnection {
  readonly #database: SimulatedDatabase;
  readonly #session: Session;
  readonly #up: Line;
  readonly #down: Line;
  /** Give up what waits for an answer. */
  readonly #unanswered = new Set<(error: Error) => void>();
  #isCut = false;
  /** Whoever has it is no more, and is never answered. */
  #isAbandoned = false;
  isBroken = false;

  constructor(database: SimulatedDatabase) {
    super();
    this.#database = database;
    this.#session = new Session(database);
    this.#up = new Line(database.scheduler);
    this.#down = new Line(database.scheduler);
    database.join(this);
  }

  executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row> & { readonly command?: string }> {
    return new Promise((resolve, reject) => {
      if (this.#isAbandoned) return;
      if (this.#isCut) {
        this.isBroken = true;
        reject(new ConnectionLost('it was cut'));
        return;
      }
      this.#unanswered.add(reject);
      const answered = (how: () => void) =>
        this.#down.push(() => {
          if (this.#unanswered.delete(reject)) how();
        });
      this.#up.push(() =>
        this.#session.receive({
          sql,
          parameters,
          answer: (result) => answered(() => resolve(result as QueryResult<Row>)),
          fail: (error) => answered(() => reject(error)),
        }),
      );
      const { scheduler } = this.#database;
      if (scheduler.strikes(sql === 'commit' ? 0.2 : 0.004)) scheduler.later(() => this.break());
    });
  }

  /** Cuts the wires. Some of what was sent may still get there, and the server notices when it does. */
  break(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#database.leave(this);
    this.#database.scheduler.tell('a connection to the database breaks');
    this.#up.cut();
    this.#up.push(() => this.#session.hangUp());
    if (this.#isAbandoned || this.#unanswered.size === 0) return;
    this.isBroken = true;
    for (const reject of this.#unanswered) reject(new ConnectionLost('it was cut'));
    this.#unanswered.clear();
  }

  /** The same, where nobody is left to be told. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#unanswered.clear();
    this.break();
  }

  close(): void {
    this.break();
  }
}

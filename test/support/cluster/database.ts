import type { MessageRow, Row, UserRow } from '../../../src/store/schema.ts';
import type { Scheduler } from './scheduler.ts';

/** What is stored. */
export class Tables {
  clock: Row<'clock'> = { one: 1, seq: 0, epoch: 'e1', horizon: 0, last_user_id: 2 };
  users = new Map<number, UserRow>();
  messages = new Map<number, MessageRow>();
  keys = new Map<string, Row<'keys'>>();
  /** The numbers that batches have left, with when. */
  commits = new Map<number, number>();

  copy(): Tables {
    const copy = new Tables();
    copy.clock = { ...this.clock };
    copy.users = new Map(this.users);
    copy.messages = new Map(this.messages);
    copy.keys = new Map(this.keys);
    copy.commits = new Map(this.commits);
    return copy;
  }
}

/** A message as a commit left it, with the tick before that commit. */
export type Version = MessageRow & { readonly since: number };

/** Who may hold the clock. */
interface Holder {
  /** It is theirs now. */
  granted(): void;
}

/**
 * A database server in memory: what is committed, who holds the one row that is locked, and, for the judge, every version
 * of every message that ever was committed.
 */
export class SimulatedDatabase {
  readonly scheduler: Scheduler;
  /** Never changed, but replaced by each commit: whoever keeps it has a snapshot. */
  committed = new Tables();
  readonly versions = new Map<number, Version>();
  /** Whether nobody can connect. */
  isAway = false;
  #holder: Holder | null = null;
  readonly #waiting = new Set<Holder>();
  readonly #connections = new Set<{ break(): void }>();

  constructor(scheduler: Scheduler, users: readonly UserRow[]) {
    this.scheduler = scheduler;
    for (const user of users) this.committed.users.set(user.id, user);
  }

  take(holder: Holder): void {
    this.#waiting.add(holder);
    this.#grant();
  }

  /** Lets go of the clock, or waits for it no longer. */
  letGo(holder: Holder): void {
    this.#waiting.delete(holder);
    if (this.#holder !== holder) return;
    this.#holder = null;
    this.#grant();
  }

  /** Whoever waits may be next. */
  #grant(): void {
    if (this.#holder) return;
    const next = this.scheduler.random.pick([...this.#waiting]);
    if (!next) return;
    this.#waiting.delete(next);
    this.#holder = next;
    next.granted();
  }

  commit(draft: Tables): void {
    for (const row of draft.messages.values()) {
      if (this.committed.messages.get(row.id)?.seq === row.seq) continue;
      this.versions.set(row.seq, { ...row, since: this.committed.clock.seq });
    }
    this.committed = draft;
    this.scheduler.tell(`committed up to ${draft.clock.seq}`);
  }

  /** Has a connection know when the server goes away. */
  join(connection: { break(): void }): void {
    this.#connections.add(connection);
  }

  leave(connection: { break(): void }): void {
    this.#connections.delete(connection);
  }

  /** Breaks all connections and takes no new one, or does so again. */
  goAway(): void {
    this.scheduler.tell('the database goes away');
    this.isAway = true;
    for (const connection of [...this.#connections]) connection.break();
  }

  comeBack(): void {
    this.isAway = false;
  }
}

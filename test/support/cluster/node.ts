import { People } from '../../../src/board/people.ts';
import { Presenter } from '../../../src/board/present.ts';
import { Doorbell } from '../../../src/feed/doorbells/doorbell.ts';
import { pollingDoorbell } from '../../../src/feed/doorbells/polling.ts';
import { Hub } from '../../../src/feed/hub.ts';
import type { ReadStretch } from '../../../src/feed/reading.ts';
import { BoardError } from '../../../src/model/errors.ts';
import { Committer } from '../../../src/store/committer.ts';
import { Foresight } from '../../../src/store/foresight.ts';
import type { Commit, Write } from '../../../src/store/write.ts';
import { Writer } from '../../../src/store/writer.ts';
import type { Bells } from './bells.ts';
import { SimulatedConnection } from './connection.ts';
import type { SimulatedDatabase, Tables } from './database.ts';
import { logOf, type Mistake } from './mistakes.ts';
import { changedRows, userReads } from './reads.ts';
import { writingParts } from './store.ts';

/** How often (ms) a node looks by itself. */
const LOOK_EVERY = 1000;

/** Accounts that a node keeps in mind: with one only, it has to ask again and again. */
const MOST_PEOPLE = 10;

/** Ahead of or behind the others' clocks by at most so much (ms). */
const MOST_SKEW = 3 * 60 * 60 * 1000;

interface World {
  readonly database: SimulatedDatabase;
  readonly bells: Bells;
  readonly mistake: Mistake | null;
  /** Hears of what never may happen. */
  readonly onFault: (fault: string) => void;
}

/** A process of the board, wired as `openBoard` does it, on a database that is simulated. */
export class SimulatedNode {
  readonly name: string;
  readonly people: People;
  readonly presenter: Presenter;
  readonly hub: Hub;
  readonly #world: World;
  readonly #writer: Writer;
  readonly #doorbell: Doorbell;
  readonly #polling: { stop(): void };
  readonly #connections: SimulatedConnection[] = [];
  readonly #onCrash = new Set<() => void>();
  #handing = Promise.resolve();
  isAlive = true;

  constructor(name: string, world: World) {
    const { database, bells, mistake, onFault } = world;
    const { random } = database.scheduler;
    this.name = name;
    this.#world = world;
    const skew = random.below(2 * MOST_SKEW) - MOST_SKEW;
    const now = () => Date.now() + skew;
    this.people = new People(
      userReads((question) => this.ask(question)),
      MOST_PEOPLE,
    );
    this.presenter = new Presenter(this.people);

    const { transact, sql, log } = writingParts(
      () => this.#connect(),
      { pipelines: random.chance(0.5), advances: random.chance(0.5) },
      mistake,
    );
    this.#writer = new Writer({
      committer: new Committer({
        transact,
        sql,
        log: logOf(mistake, log),
        foresight: new Foresight(random.chance(0.7) ? 0 : 2),
        mayChain: true,
        now,
      }),
      isElsewhere: true,
      onCommit: (commit) => this.#handOver(commit),
      onMeasure: () => {},
    });
    this.hub = new Hub({
      clock: database.committed.clock,
      head: () => this.ask(({ clock }) => clock),
      read: this.#reader((question) => this.ask(question)),
      snapshot: async (body) => {
        const tables = await this.ask((current) => current);
        const ask = <Result>(question: (tables: Tables) => Result) => this.ask(() => question(tables));
        return body({ read: this.#reader(ask), changedAccounts: (since) => this.#changedAccounts(ask, since) });
      },
      onOtherHistory: () => onFault(`${name} met another history`),
      onLostCommits: async () => onFault(`${name} missed commits that were there`),
      onMeasure: () => {},
      onFault: () => {},
      now,
    });
    const look = mistake === 'deaf' ? () => {} : () => this.hub.look();
    this.#doorbell = new Doorbell((ears) => bells.connect(ears), { onRing: look, onTrouble: () => {} });
    this.#polling = pollingDoorbell(
      () => this.ask(({ clock }) => clock.seq),
      LOOK_EVERY,
      look,
      () => {},
    );
  }

  write<Result>(write: Write<Result>): Promise<Result> {
    return this.#writer.submit(write);
  }

  /** Whoever is dead does not answer; one who lives is answered at some moment, or told that there is no answer. */
  ask<Result>(question: (tables: Tables) => Result): Promise<Result> {
    const { database } = this.#world;
    const { scheduler } = database;
    return new Promise((resolve, reject) => {
      scheduler.later(() => {
        if (!this.isAlive) return;
        if (database.isAway || scheduler.strikes(0.01)) {
          reject(new BoardError('unavailable', 'The database is away.', { retryAfter: 2 }));
          return;
        }
        const result = question(database.committed);
        if (scheduler.random.chance(0.5)) resolve(result);
        else scheduler.later(() => resolve(result));
      });
    });
  }

  /** Has `listener` run when this node crashes, until what it answers is called. */
  onCrash(listener: () => void): () => void {
    this.#onCrash.add(listener);
    return () => void this.#onCrash.delete(listener);
  }

  /** The process is gone at once, with all that it knew and all that it was about to do. */
  crash(): void {
    this.#world.database.scheduler.tell(`${this.name} crashes`);
    this.isAlive = false;
    for (const connection of this.#connections) connection.abandon();
    for (const listener of [...this.#onCrash]) listener();
    // Nothing of it runs on; what follows only stops its timers.
    this.#polling.stop();
    void this.#doorbell.stop();
    void this.hub.close();
  }

  #connect(): Promise<SimulatedConnection> {
    const { database } = this.#world;
    return new Promise((resolve, reject) => {
      database.scheduler.later(() => {
        if (!this.isAlive) return;
        if (database.isAway) return reject(new BoardError('unavailable', 'The database is away.'));
        const connection = new SimulatedConnection(database);
        this.#connections.push(connection);
        resolve(connection);
      });
    });
  }

  #reader(ask: SimulatedNode['ask']): ReadStretch {
    const order = this.#world.mistake === 'seq alone' ? 'seq' : 'id and seq';
    return async (place, limit) => {
      const { clock, rows, end } = await ask((tables) => ({
        clock: tables.clock,
        ...changedRows(tables, order, place, limit),
      }));
      return { clock, states: await this.presenter.states(rows, userReads(ask)), end };
    };
  }

  async #changedAccounts(ask: SimulatedNode['ask'], since: number): Promise<number[]> {
    const rows = await userReads(ask).changedSince(since);
    this.people.learn(rows);
    return rows.map(({ id }) => id);
  }

  #handOver(commit: Commit): void {
    if (!this.isAlive) return;
    const { from, to, epoch, horizon, messages, users, quiet } = commit;
    this.people.learn(users);
    this.#doorbell.ring();
    const accounts = users.map(({ id }) => id);
    const [clock, end] = [
      { seq: to, epoch, horizon },
      { id: to, seq: to },
    ];
    this.#handing = this.#handing
      .then(async () => {
        const states = await this.presenter.states(messages);
        this.hub.hand({ from, accounts, quiet, clock, states, end });
      })
      .catch(() => this.hub.look());
  }
}

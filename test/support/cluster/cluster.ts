import { setImmediate as nextTurn } from 'node:timers/promises';
import { formatCursor } from '../../../src/model/cursor.ts';
import type { UserRow } from '../../../src/store/schema.ts';
import { SimulatedAuthor } from './author.ts';
import { Bells } from './bells.ts';
import { SimulatedDatabase } from './database.ts';
import { SimulatedFollower } from './follower.ts';
import type { Mistake } from './mistakes.ts';
import { SimulatedNetwork } from './network.ts';
import { SimulatedNode } from './node.ts';
import type { Scheduler } from './scheduler.ts';

const STEPS = 150;
const MOST_AT_ONCE = 12;
const MOST_NODES = 3;
const AUTHORS = 2;
const FOLLOWERS = 3;
/** After the storm all must come to rest within so many rounds, of so many things each. */
const MOST_ROUNDS = 400;
const MOST_IN_ROUND = 3000;

/** What happened from one seed, a line each, and what of that was wrong. */
export interface ClusterStory {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly story: readonly string[];
}

/**
 * A board on several nodes, with those who write and follow it: the writer, the hub, the bells and the client as they are,
 * on a database, a broker and a network that are not. Who crashes, what is lost and what comes first, a seed decides.
 */
export class Cluster {
  readonly #scheduler: Scheduler;
  readonly #passTime: (ms: number) => void;
  readonly #database: SimulatedDatabase;
  readonly #bells: Bells;
  readonly #network: SimulatedNetwork;
  readonly #mistake: Mistake | null;
  readonly #authors: readonly SimulatedAuthor[];
  readonly #followers: readonly SimulatedFollower[];
  readonly #faults: string[] = [];
  #nodes: SimulatedNode[] = [];
  #started = 0;

  /** @param passTime - lets all timers know that so many ms have passed. */
  constructor(scheduler: Scheduler, mistake: Mistake | null, passTime: (ms: number) => void) {
    this.#scheduler = scheduler;
    this.#passTime = passTime;
    this.#mistake = mistake;
    this.#database = new SimulatedDatabase(scheduler, [1, 2].map(userOf));
    this.#bells = new Bells(scheduler);
    this.#network = new SimulatedNetwork(scheduler, () => this.#nodes, mistake !== 'keys ignored');
    const nodes = 2 + scheduler.random.below(2);
    for (let node = 0; node < nodes; node++) this.#start();
    this.#authors = Array.from(
      { length: AUTHORS },
      (_, index) => new SimulatedAuthor(index + 1, this.#network, scheduler),
    );
    const { versions } = this.#database;
    this.#followers = Array.from(
      { length: FOLLOWERS },
      (_, index) => new SimulatedFollower(`follower ${index + 1}`, this.#network, scheduler, versions),
    );
  }

  /** Runs to the end. */
  async run(): Promise<Omit<ClusterStory, 'seed'>> {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      for (let left = this.#scheduler.random.below(MOST_AT_ONCE); left > 0; left--) {
        this.#scheduler.one();
        // Sometimes all that can go on does so before the next thing happens, mostly only some of it.
        if (this.#scheduler.random.chance(0.4)) await nextTurn();
      }
    }
    const unrest = await this.#comeToRest();

    const faults = unrest === null ? this.#judge() : [unrest, ...this.#faults];
    for (const follower of this.#followers) follower.close();
    for (const node of this.#nodes) node.crash();
    return { faults, story: this.#scheduler.story };
  }

  #judge(): string[] {
    const versions = [...this.#database.versions.values()];
    return [
      ...this.#faults,
      ...this.#authors.flatMap((author) => author.faults(versions)),
      ...this.#followers.flatMap((follower) => follower.allFaults()),
    ];
  }

  #start(): void {
    this.#started += 1;
    const name = `node ${this.#started}`;
    const onFault = (fault: string) => this.#faults.push(fault);
    const world = { database: this.#database, bells: this.#bells, mistake: this.#mistake, onFault };
    this.#scheduler.tell(`${name} starts`);
    this.#nodes.push(new SimulatedNode(name, world));
  }

  #step(): void {
    const { random } = this.#scheduler;
    const what = random.next();
    if (what < 0.5) random.pick(this.#authors)?.act();
    else if (what < 0.65) this.#followerActs();
    else if (what < 0.95) this.#passTime(random.chance(0.03) ? random.below(20_000) : 1 + random.below(300));
    else this.#badLuck();
  }

  #followerActs(): void {
    const { random } = this.#scheduler;
    const follower = random.pick(this.#followers);
    const what = random.next();
    if (what < 0.3) follower?.pause();
    else if (what < 0.7) follower?.wake();
    else if (what < 0.8) follower?.restart();
    else random.pick(this.#network.pipes)?.stick(what < 0.9);
  }

  #badLuck(): void {
    const { random } = this.#scheduler;
    const what = random.next();
    if (what < 0.25) this.#crash();
    else if (what < 0.5 && this.#nodes.length < MOST_NODES) this.#start();
    else if (what < 0.55) this.#database.goAway();
    else if (what < 0.7) this.#database.comeBack();
    else if (what < 0.8) this.#bells.breakOne();
    else if (what < 0.9) random.pick(this.#network.pipes)?.break();
    else random.pick(this.#network.pipes)?.fallSilent();
  }

  #crash(): void {
    const node = this.#scheduler.random.pick(this.#nodes);
    if (!node) return;
    this.#nodes = this.#nodes.filter((other) => other !== node);
    node.crash();
  }

  /** Nothing more happens to anybody, and nobody begins anything new. @returns what does not come to rest; `null`: all does. */
  async #comeToRest(): Promise<string | null> {
    this.#scheduler.tell('the storm is over');
    this.#scheduler.isStormy = false;
    this.#database.comeBack();
    if (this.#nodes.length === 0) this.#start();
    for (const follower of this.#followers) follower.wake();
    for (const pipe of this.#network.pipes) pipe.stick(false);

    for (let round = 0, quiet = 0; round < MOST_ROUNDS; round++) {
      for (let done = 0; !this.#scheduler.isIdle; done++) {
        if (done === MOST_IN_ROUND) return 'there is no end of what happens';
        this.#scheduler.one();
        if (done % 4 === 3) await nextTurn();
      }
      await nextTurn();
      if (!this.#scheduler.isIdle) continue;
      quiet = this.#isAtRest() ? quiet + 1 : 0;
      if (quiet === 3) return null;
      for (const author of this.#authors) author.askAgain();
      this.#passTime(500);
      await nextTurn();
    }
    return 'they never come to rest';
  }

  #isAtRest(): boolean {
    const { seq, epoch } = this.#database.committed.clock;
    const head = formatCursor({ id: seq, seq }, epoch);
    return (
      this.#authors.every(({ isDone }) => isDone) &&
      this.#followers.every(({ isIdle, cursor }) => isIdle && cursor === head)
    );
  }
}

function userOf(id: number): UserRow {
  const named = { username: `user ${id}`, username_key: `user ${id}`, password_hash: null, bio: null, data: null };
  return { id, seq: 0, ...named, created: 0, moderator: 0, banned: 0, deleted: 0 };
}

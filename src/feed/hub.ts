import { type Clock, formatCursor, type Place, type ResetReason, resumeFrom } from '../model/cursor.ts';
import { nextTurn } from '../model/turn.ts';
import { atMost, closing } from './closing.ts';
import { Gatherer } from './gatherer.ts';
import type { Group } from './group.ts';
import { Groups } from './groups.ts';
import type { HubOptions } from './hub-options.ts';
import { lagOf } from './lag.ts';
import { OpenStreams } from './open-streams.ts';
import { COMERS_AT_ONCE, HEARTBEAT, LAST_LOOK, MOST_COMERS, MOST_JOINERS, PAGE, RETRY } from './pace.ts';
import { RecentPages, sharedPages } from './reading.ts';
import { SharedReads } from './shared-reads.ts';
import { type Commit, eventOf, isAtHead, newsOf, type Step, type Stretch, steps, stepsThrough } from './stretch.ts';
import { type Standing, Subscriber, type Subscription } from './subscriber.ts';
import { Turnstile } from './turnstile.ts';

/**
 * Every open stream of this process. All live readers stand at one place, the hub's; a commit of this process that follows
 * it goes straight to them. To close a hole, or to let in readers who have caught up, the hub looks: it reads what it and
 * they lack in one snapshot, so that all end up at its head.
 */
export class Hub {
  readonly #options: HubOptions;
  readonly #recent: RecentPages;
  readonly #heads: SharedReads<Clock>;
  readonly #turnstile = new Turnstile({ atOnce: COMERS_AT_ONCE, most: MOST_COMERS });
  readonly #groups = new Groups();
  readonly #open: OpenStreams;
  /** Have caught up and wait for a look. */
  readonly #joining = new Set<Subscriber>();
  readonly #gatherer = new Gatherer<Group>((group) => group.flush(), this.#turnstile);
  readonly #heartbeat: NodeJS.Timeout;
  #place: Place;
  #epoch: string;
  #isClosed = false;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  /** The database has less than it had. */
  #hasLost = false;
  /** Own commits of the time of a look. */
  #deferred: Commit[] = [];
  #retry: NodeJS.Timeout | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#recent = new RecentPages(options.read);
    this.#heads = new SharedReads(options.head);
    this.#open = new OpenStreams((subscriber) => this.#end(subscriber), options);
    this.#epoch = options.clock.epoch;
    this.#place = { id: options.clock.seq, seq: options.clock.seq };
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT).unref();
  }

  /** Where its live readers are. */
  get cursor(): string {
    return formatCursor(this.#place, this.#epoch);
  }

  /** How many streams are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Opens a stream. Resolves once its first bytes are under way; it goes on until either side closes the outlet. */
  async subscribe<Chunk>(subscription: Subscription<Chunk>): Promise<void> {
    const { cursor, pageSize, isPoll } = subscription;
    if (!isPoll) await this.#turnstile.pass();
    if (this.#isClosed) throw closing();
    if (!cursor) return this.#join(this.#add(subscription, await this.#now()));

    const first = await this.#recent.read(cursor.place, pageSize, subscription);
    if (this.#isClosed) throw closing();
    const resume = resumeFrom(cursor, first.clock);
    const isLong = resume.kind === 'catch-up' && !isAtHead(first.end, first.clock);
    const endReplay = isLong ? subscription.beforeReplay?.() : undefined;

    const subscriber = this.#add(subscription, { place: cursor.place, epoch: cursor.epoch ?? first.clock.epoch });
    if (resume.kind === 'catch-up') return void this.#catchUp(subscriber, first).finally(endReplay);
    this.#reset(subscriber, resume.reason);
    this.#join(subscriber);
  }

  /** Where the board stands, of which this process need not have heard yet: other processes write, too. */
  async #now(): Promise<Standing> {
    const { epoch, seq } = await this.#heads.ask();
    if (this.#isClosed) throw closing();
    const isBehind = epoch === this.#epoch && seq <= this.#place.seq;
    return isBehind ? { epoch, place: this.#place } : { epoch, place: { id: seq, seq } };
  }

  #add<Chunk>(subscription: Subscription<Chunk>, from: Standing): Subscriber {
    // Groups keep readers of one format apart, so no reader is ever handed another's chunks.
    const onCutOff = () => this.#options.onMeasure({ kind: 'cut-off' });
    const subscriber = new Subscriber(subscription, from, onCutOff) as Subscriber;
    this.#open.add(subscriber);
    subscriber.onClose(() => this.#leave(subscriber));
    return subscriber;
  }

  /** Takes over what this process has just committed. */
  hand(commit: Commit): void {
    this.#recent.forget();
    this.#open.askAgain(commit.accounts);
    if (this.#looking) return void this.#deferred.push(commit);
    if (commit.clock.seq <= this.#place.seq) return;
    const { id, seq } = this.#place;
    // What was told after `from` can only have been something else.
    if (commit.from < seq && id === seq && commit.clock.epoch === this.#epoch) this.#hasLost = true;
    // Somebody else wrote in between, the hub is itself still catching up, or this is of another history.
    if (commit.from !== seq || id !== seq || commit.clock.epoch !== this.#epoch) return void this.look();

    this.#emit(stepsThrough(this.#place, commit), commit);
  }

  /** Answers a doorbell: reads what is new in the database, now or right after the look that is under way. */
  look(): void {
    if (this.#isClosed) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#look().then(
      () => this.#endLook(),
      (error: unknown) => {
        this.#options.onFault(error);
        this.#looking = null;
        this.#retry = setTimeout(() => this.look(), RETRY).unref();
      },
    );
  }

  /** Ends all streams after what was sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    this.#open.stop();
    if (this.#retry) clearTimeout(this.#retry);
    await atMost(LAST_LOOK, this.#looking);
    this.#gatherer.flush();
    for (const subscriber of [...this.#open]) this.#end(subscriber);
  }

  /** Ends a stream after what was sent. */
  #end(subscriber: Subscriber): void {
    subscriber.end();
    this.#leave(subscriber);
  }

  #leave(subscriber: Subscriber): void {
    subscriber.isOpen = false;
    this.#open.delete(subscriber);
    this.#joining.delete(subscriber);
    this.#groups.delete(subscriber);
  }

  /** Goes on page by page, each in a snapshot of its own, to the head. */
  async #catchUp(subscriber: Subscriber, first: Stretch): Promise<void> {
    try {
      let stretch = first;
      subscriber.tell(stretch);
      while (subscriber.isOpen && !isAtHead(stretch.end, stretch.clock)) {
        await subscriber.drained();
        // A replay is long: everybody else gets a turn after each page.
        await nextTurn();
        if (!subscriber.isOpen) return;
        stretch = await this.#recent.read(subscriber.place, subscriber.pageSize, subscriber);
        const resume = resumeFrom(subscriber, stretch.clock);
        if (resume.kind === 'reset') {
          this.#reset(subscriber, resume.reason);
          break;
        }
        subscriber.tell(stretch);
      }
      await subscriber.drained();
      this.#join(subscriber);
    } catch (error) {
      this.#options.onFault(error);
      subscriber.cut();
      this.#leave(subscriber);
    }
  }

  /** Tells a reader that its cursor is of no use, and puts it where the live ones are. */
  #reset(subscriber: Subscriber, reason: ResetReason): void {
    subscriber.place = this.#place;
    subscriber.epoch = this.#epoch;
    subscriber.send({ type: 'reset', cursor: this.cursor, reason, message: null });
  }

  /** Makes a reader live: at once where it stands at the hub's place, else by a look. */
  #join(subscriber: Subscriber): void {
    if (!subscriber.isOpen) return;
    const { place, epoch } = subscriber;
    if (this.#looking || place.id !== this.#place.id || place.seq !== this.#place.seq || epoch !== this.#epoch) {
      this.#joining.add(subscriber);
      this.look();
    } else {
      this.#admit(subscriber);
    }
  }

  /** Lets a reader in that stands at the hub's place. */
  #admit(subscriber: Subscriber): void {
    this.#groups.add(subscriber);
    subscriber.send({ type: 'idle', cursor: this.cursor, message: null });
  }

  async #look(): Promise<void> {
    if (this.#hasLost) await this.#options.onLostCommits(this.#epoch);
    await this.#options.snapshot(async ({ read, changedAccounts }) => {
      const pages = sharedPages(read);
      // First of all, so that nobody is shown in an old state.
      this.#open.askAgain(await changedAccounts(this.#place.seq));

      let stretch = await read(this.#place, PAGE, null);
      const resume = resumeFrom({ place: this.#place, epoch: this.#epoch }, stretch.clock);
      if (resume.kind === 'reset' && resume.reason === 'ahead') {
        this.#hasLost = this.#lookAgain = true;
        return;
      }
      if (resume.kind === 'reset') return this.#startOver(stretch.clock, resume.reason);
      this.#emit(steps(this.#place, stretch), stretch);
      // One page more covers what a few milliseconds bring. Whoever is further behind goes on in the next look.
      if (!isAtHead(stretch.end, stretch.clock)) {
        stretch = await read(this.#place, PAGE, null);
        this.#emit(steps(this.#place, stretch), stretch);
      }
      if (!isAtHead(stretch.end, stretch.clock)) {
        this.#lookAgain = true;
        return;
      }

      for (const subscriber of [...this.#joining].slice(0, MOST_JOINERS)) {
        const { place, epoch } = subscriber;
        // Came after the snapshot was made, and knows more than it holds.
        if (epoch === this.#epoch && place.seq > stretch.clock.seq) continue;
        const way = resumeFrom(subscriber, stretch.clock);
        if (way.kind === 'reset') this.#reset(subscriber, way.reason);
        const missed = await pages(subscriber);
        if (!this.#joining.delete(subscriber)) continue;
        subscriber.tell(missed);
        if (isAtHead(missed.end, missed.clock)) this.#admit(subscriber);
        else void this.#catchUp(subscriber, { ...missed, states: [] });
      }
    });
  }

  #endLook(): void {
    this.#looking = null;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const commit of deferred) this.hand(commit);

    if (this.#lookAgain || this.#joining.size > 0) {
      this.#lookAgain = false;
      this.look();
    }
  }

  /**
   * The database has lost what was already told here, or is another, or remembers no deletions from so long ago: every
   * live reader starts over. Those who wait are judged one by one, by the next look.
   */
  #startOver(clock: Clock, reason: ResetReason): void {
    this.#options.onOtherHistory();
    this.#open.askAgain();
    this.#gatherer.flush();
    this.#hasLost = false;
    this.#epoch = clock.epoch;
    this.#place = { id: clock.seq, seq: clock.seq };
    const reset = { type: 'reset', cursor: this.cursor, reason, message: null } as const;
    this.#options.onChange?.(reset);
    for (const group of this.#groups.all()) group.tell(reset);
  }

  /** Moves all live readers along. */
  #emit(way: Iterable<Step>, { end, clock }: Stretch): void {
    let last: Step['state'] | null = null;
    for (const step of way) {
      const news = newsOf(step, clock.epoch);
      if (!news) continue;
      last = step.state;
      this.#options.onChange?.(eventOf(news));
      for (const group of this.#groups.concerned(step.state)) {
        if (group.gather(news)) this.#gatherer.add(group);
      }
    }
    this.#place = end;
    const seconds = last && lagOf(last, this.#options.now());
    if (seconds !== null) this.#options.onMeasure({ kind: 'told', seconds });
  }

  #beat(): void {
    this.#gatherer.flush();
    for (const group of this.#groups.all()) group.tell({ type: 'idle', cursor: this.cursor, message: null });
  }
}

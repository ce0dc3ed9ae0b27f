import type { Subscriber } from './subscriber.ts';

/** How often (ms) it is looked for streams whose time is over. */
const SWEEP = 1000;

interface OpenStreamsOptions {
  /** Hears of a reader about whom nobody could be asked. */
  readonly onFault: (error: unknown) => void;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
}

/** All open streams of this process, by who reads. */
export class OpenStreams {
  readonly #byViewer = new Map<number | null, Set<Subscriber>>();
  readonly #end: (subscriber: Subscriber) => void;
  readonly #onFault: (error: unknown) => void;
  readonly #sweep: NodeJS.Timeout;
  #size = 0;

  /** @param end - ends a stream whose reader may not go on. */
  constructor(end: (subscriber: Subscriber) => void, { onFault, now }: OpenStreamsOptions) {
    this.#end = end;
    this.#onFault = onFault;
    this.#sweep = setInterval(() => this.#endExpired(now()), SWEEP).unref();
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Iterator<Subscriber> {
    for (const subscribers of this.#byViewer.values()) yield* subscribers;
  }

  add(subscriber: Subscriber): void {
    const { viewer } = subscriber;
    this.#byViewer.set(viewer, (this.#byViewer.get(viewer) ?? new Set()).add(subscriber));
    this.#size += 1;
    // Their account may have changed since they were let in.
    if (viewer !== null) void this.#ask(subscriber);
  }

  delete(subscriber: Subscriber): void {
    const same = this.#byViewer.get(subscriber.viewer);
    if (!same?.delete(subscriber)) return;
    this.#size -= 1;
    if (same.size === 0) this.#byViewer.delete(subscriber.viewer);
  }

  /** Asks of each stream of these accounts whether it may go on, and ends those that may not. Default: of all. */
  askAgain(accounts: Iterable<number | null> = [...this.#byViewer.keys()]): void {
    for (const account of accounts) {
      for (const subscriber of this.#byViewer.get(account) ?? []) void this.#ask(subscriber);
    }
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  /** Ends the streams whose time is over. */
  #endExpired(now: number): void {
    for (const subscriber of this) if (subscriber.until !== null && subscriber.until <= now) this.#end(subscriber);
  }

  async #ask(subscriber: Subscriber): Promise<void> {
    const isAllowed = await subscriber.isStillAllowed().catch((error: unknown) => {
      // Who cannot be asked about does not go on; coming back costs them nothing.
      this.#onFault(error);
      return false;
    });
    if (!isAllowed) this.#end(subscriber);
  }
}

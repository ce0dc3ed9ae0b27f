import type { Turnstile } from './turnstile.ts';

/** How long (ms) to gather under load. */
const WINDOW = 5;

/**
 * The same while readers come, after a flush that took so many ms: flushes have a quarter of the time, and one comes at least
 * every half second or so. With 10,000 readers one takes 90 ms: of those who come back after a restart, the first must not take
 * the time of the last. While nobody comes there is no such bound, which halved what 2,000 readers can be told.
 */
const windowAfter = (took: number) => Math.min(3 * took, 400);

/**
 * Collects things to flush: under load a few milliseconds' worth together, else at once. Load is what brings something for
 * the same readers twice before it could go out; one event after the other, each alone, gains nothing by waiting.
 */
export class Gatherer<Item> {
  readonly #flushItem: (item: Item) => void;
  readonly #comers: Pick<Turnstile, 'isUsed'>;
  readonly #items = new Set<Item>();
  #isScheduled = false;
  #isShared = false;
  /** Not to flush before. */
  #next = 0;

  /** @param comers - whether readers are coming, who need time too. */
  constructor(flushItem: (item: Item) => void, comers: Pick<Turnstile, 'isUsed'>) {
    this.#flushItem = flushItem;
    this.#comers = comers;
  }

  add(item: Item): void {
    this.#isShared ||= this.#items.has(item);
    this.#items.add(item);
    if (this.#isScheduled) return;
    this.#isScheduled = true;

    const wait = this.#next - performance.now();
    // Not right here: what comes in the same breath goes along.
    if (wait <= 0) queueMicrotask(() => this.flush());
    else setTimeout(() => this.flush(), wait);
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.#items.size === 0) return;
    const start = performance.now();
    for (const item of this.#items) this.#flushItem(item);
    this.#items.clear();
    // Counted from the end: the longer a flush takes, the more the next one gathers.
    const end = performance.now();
    this.#next = end + Math.max(this.#isShared ? WINDOW : 0, this.#comers.isUsed ? windowAfter(end - start) : 0);
    this.#isShared = false;
  }
}

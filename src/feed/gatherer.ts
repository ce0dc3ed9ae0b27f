/** How long (ms) to gather under load. Alone, an event goes out at once. */
const WINDOW = 5;

/** Collects things to flush, at once when nothing was flushed lately, else a few milliseconds' worth together. */
export class Gatherer<Item> {
  readonly #flushItem: (item: Item) => void;
  readonly #items = new Set<Item>();
  #isScheduled = false;
  #flushed = 0;

  constructor(flushItem: (item: Item) => void) {
    this.#flushItem = flushItem;
  }

  add(item: Item): void {
    this.#items.add(item);
    if (this.#isScheduled) return;
    this.#isScheduled = true;

    const idle = performance.now() - this.#flushed;
    // Not right here: what comes in the same breath goes along.
    if (idle >= WINDOW) queueMicrotask(() => this.flush());
    else setTimeout(() => this.flush(), WINDOW - idle);
  }

  flush(): void {
    this.#isScheduled = false;
    if (this.#items.size === 0) return;
    for (const item of this.#items) this.#flushItem(item);
    this.#items.clear();
    // Counted from the end: the longer a flush takes, the more the next one gathers.
    this.#flushed = performance.now();
  }
}

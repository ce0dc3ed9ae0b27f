import { LRUCache } from 'lru-cache';

/** Keys counted at a time, some 200 bytes each; of more than that, those are forgotten that were quiet for longest. */
const MOST_KEYS = 10_000;

interface Window {
  used: number;
  /** When it is over (ms, of the clock). */
  readonly end: number;
}

/** How a key stands. */
export interface Standing {
  readonly isOver: boolean;
  /** What may still be taken, and in how many seconds there is a new window. */
  readonly left: number;
  readonly seconds: number;
}

/** Counts for each key what it takes. Its window opens with the first and closes after a fixed time. */
export class Windows {
  readonly amount: number;
  readonly seconds: number;
  readonly #now: () => number;
  /** By size, for which no room is made beforehand: there is one for each limit. */
  readonly #windows = new LRUCache<string | number, Window>({ maxSize: MOST_KEYS, sizeCalculation: () => 1 });

  constructor(amount: number, seconds: number, now: () => number) {
    this.amount = amount;
    this.seconds = seconds;
    this.#now = now;
  }

  /** Takes `count`, all or none; 0 only looks whether there is any left. */
  take(key: string | number, count: number): Standing {
    const now = this.#now();
    let window = this.#windows.get(key);
    if (!window || window.end <= now) {
      window = { used: 0, end: now + this.seconds * 1000 };
      this.#windows.set(key, window);
    }
    const isOver = window.used + Math.max(count, 1) > this.amount;
    if (!isOver) window.used += count;
    return { isOver, left: this.amount - window.used, seconds: Math.ceil((window.end - now) / 1000) };
  }

  /** Gives back what was taken for nothing. */
  giveBack(key: string | number, count: number): void {
    const window = this.#windows.peek(key);
    if (window) window.used = Math.max(window.used - count, 0);
  }
}

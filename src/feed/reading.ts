import type { Place } from '../model/cursor.ts';
import type { Selection } from '../model/filter.ts';
import { MOMENT, MOST_PAGES } from './pace.ts';
import type { Stretch } from './stretch.ts';
import type { Subscriber } from './subscriber.ts';

/** Reads what a reader at `place` does not know yet. Without `who`: everything. */
export type ReadStretch = (place: Place, limit: number, who: Sight | null) => Promise<Stretch>;

/** What a look reads, all of one moment. */
export interface LookReads {
  readonly read: ReadStretch;
  /** The accounts that changed after a tick. Whatever is read afterwards shows them as they are now. */
  readonly changedAccounts: (since: number) => Promise<readonly number[]>;
}

export interface Sight {
  readonly viewer: number | null;
  readonly selection: Selection;
}

/**
 * Readers who come back at once, as after a restart, ask for the same: what one of them is read serves those who ask within
 * a moment. Nobody misses what comes in between: they are let in by a look, which reads the rest.
 */
export class RecentPages {
  readonly #read: ReadStretch;
  readonly #pages = new Map<string, Promise<Stretch>>();

  constructor(read: ReadStretch) {
    this.#read = read;
  }

  read(place: Place, limit: number, who: Sight): Promise<Stretch> {
    const key = keyOf(place, limit, who);
    const known = this.#pages.get(key);
    if (known) return known;
    const page = this.#read(place, limit, who);
    if (this.#pages.size === 0) setTimeout(() => this.forget(), MOMENT).unref();
    if (this.#pages.size < MOST_PAGES) this.#pages.set(key, page);
    return page;
  }

  /** Whoever asks after a commit of this process is read what it has changed. */
  forget(): void {
    this.#pages.clear();
  }
}

/** Reads in one snapshot, where readers at the same place who read the same share a page. */
export function sharedPages(read: ReadStretch): (subscriber: Subscriber) => Promise<Stretch> {
  const pages = new Map<string, Promise<Stretch>>();
  return (subscriber) => {
    const { place, pageSize } = subscriber;
    const key = keyOf(place, pageSize, subscriber);
    const page = pages.get(key) ?? read(place, pageSize, subscriber);
    pages.set(key, page);
    return page;
  };
}

function keyOf(place: Place, limit: number, { viewer, selection }: Sight): string {
  return JSON.stringify([place, limit, viewer, selection]);
}

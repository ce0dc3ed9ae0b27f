import type { Place } from '../model/cursor.ts';
import type { Selection } from '../model/filter.ts';
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

/** Reads in one snapshot, where readers at the same place who read the same share a page. */
export function sharedPages(read: ReadStretch): (subscriber: Subscriber) => Promise<Stretch> {
  const pages = new Map<string, Promise<Stretch>>();
  return (subscriber) => {
    const { place, selection, viewer, pageSize } = subscriber;
    const key = JSON.stringify([place, selection, viewer, pageSize]);
    const page = pages.get(key) ?? read(place, pageSize, subscriber);
    pages.set(key, page);
    return page;
  };
}

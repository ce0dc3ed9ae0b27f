import type { Clock } from '../model/cursor.ts';
import type { Store } from '../store/store.ts';

/** Tells where the board stands, whoever wrote last. Where that can be told at once, it is read again only if anybody did. */
export function headOf(store: Pick<Store, 'clock' | 'instantMark'>): () => Promise<Clock> {
  const mark = store.instantMark;
  if (!mark) return () => store.clock();

  let last: { readonly mark: number; readonly clock: Clock } | null = null;
  return async () => {
    const now = mark();
    if (last?.mark !== now) last = { mark: now, clock: await store.clock() };
    return last.clock;
  };
}

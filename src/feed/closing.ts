import { setTimeout as sleep } from 'node:timers/promises';
import { BoardError } from '../model/errors.ts';

/** What somebody is told who comes while the board closes. */
export function closing(): BoardError {
  return new BoardError('unavailable', 'The board is closing. Try again in a moment.', { retryAfter: 1 });
}

/** Resolves once `work` has, or after so many milliseconds all the same. */
export async function atMost(milliseconds: number, work: Promise<void> | null): Promise<void> {
  const patience = new AbortController();
  const end = sleep(milliseconds, undefined, { signal: patience.signal }).catch(() => {});
  await Promise.race([work, end]);
  patience.abort();
}

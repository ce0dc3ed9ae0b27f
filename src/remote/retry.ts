import { BoardError } from '../model/errors.ts';

/** The first pause (ms) is at most this long, each next one twice that, none longer than the last. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** What is better a moment later, by itself. */
export function willPass(error: unknown): error is BoardError {
  return error instanceof BoardError && (error.code === 'unavailable' || error.code === 'too-many');
}

/** What a stream outlives; a fault of the server's, too. */
export function isTemporary(error: unknown): error is BoardError {
  return willPass(error) || (error instanceof BoardError && error.code === 'internal');
}

/**
 * How long (ms) to wait after so many failures: doubling, with a random part so that those who were cut off together do
 * not come back together, and never less than the board asked for.
 */
export function pauseAfter(failures: number, error: BoardError): number {
  const most = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE);
  return (error.retryAfter ?? 0) * 1000 + Math.random() * most;
}

/** What a browser tells its page; elsewhere nobody does. */
const page = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;

/** Resolves after so many ms, or as soon as the signal aborts or the browser is back on line. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      page.removeEventListener?.('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    page.addEventListener?.('online', done);
    if (signal?.aborted) done();
  });
}

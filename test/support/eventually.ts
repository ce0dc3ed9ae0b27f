import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a busy machine; what does not come by then does not come. */
export const PATIENCE_MS = 60_000;

/** Waits until `check` no longer throws, and throws its last error when patience is at an end. */
export async function eventually<Result>(check: () => Result | Promise<Result>): Promise<Result> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await sleep(10);
  }
}

/** `promise`, or an error that says `what` was waited for in vain. */
export async function within<Result>(
  promise: Promise<Result>,
  what: () => string,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(patienceMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`waited in vain for ${what()}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Rings when it is time to look. */
export interface Doorbell {
  stop(): void;
}

/**
 * Asks every `interval` ms for a mark, and rings when it is another one than before.
 *
 * @param onFault - hears of a mark that could not be had; the next one is asked for all the same.
 */
export function pollingDoorbell(
  mark: () => Promise<number | string>,
  interval: number,
  ring: () => void,
  onFault: (error: unknown) => void,
): Doorbell {
  let last: number | string | null = null;
  let isAsking = false;

  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      const now = await mark();
      // The first time, too: much may have happened since the board was opened.
      if (now !== last) ring();
      last = now;
    } catch (error) {
      onFault(error);
    } finally {
      isAsking = false;
    }
  };

  const timer = setInterval(() => void ask(), interval).unref();
  return { stop: () => clearInterval(timer) };
}

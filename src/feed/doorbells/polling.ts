/**
 * Asks every `interval` ms for a mark, and rings when it is another one than before.
 *
 * @param onFault - hears of a mark that could not be had, the first of several; the next one is asked for all the same.
 */
export function pollingDoorbell(
  mark: () => Promise<number | string>,
  interval: number,
  ring: () => void,
  onFault: (error: unknown) => void,
): { stop(): void } {
  let isFaulty = false;
  let last: number | string | null = null;
  let isAsking = false;
  let isStopped = false;

  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      const now = await mark();
      // The first time, too: much may have happened since the board was opened.
      if (now !== last) ring();
      last = now;
      isFaulty = false;
    } catch (error) {
      // Once is enough for a database that is away.
      if (!isFaulty && !isStopped) onFault(error);
      isFaulty = true;
    } finally {
      isAsking = false;
    }
  };

  const timer = setInterval(() => void ask(), interval).unref();
  return {
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}

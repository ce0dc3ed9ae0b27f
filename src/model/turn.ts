/**
 * The end of a turn of the event loop, at which everything that came with it has been read. What is to go out goes out first;
 * then whoever waits for the next turn goes on, and may keep the process for as long as a disk takes to sync.
 */
let leaving: (() => void)[] = [];
let waiting: (() => void)[] = [];
let isSet = false;

/** Calls `send` at the end of this turn. */
export function atEndOfTurn(send: () => void): void {
  leaving.push(send);
  setEnd();
}

/** Resolves once this turn has ended. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    setEnd();
  });
}

function setEnd(): void {
  if (!isSet) setImmediate(end);
  isSet = true;
}

function end(): void {
  const calls = [...leaving, ...waiting];
  leaving = [];
  waiting = [];
  isSet = false;
  for (const call of calls) call();
}

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../contestants.ts';
import { filledBoard } from '../filled-board.ts';
import { installed } from '../installed.ts';
import { median } from '../measure.ts';
import type { Contestants, Row } from '../row.ts';

const MESSAGES = 1_000_000;
const STARTS = 5;

/** How long (ms) the first one runs: after a second it keeps what it has compiled. */
const UNTIL_KEPT = 2000;

/** From the start of the process to its first answer. */
export const start: Row = {
  name: 'start',
  lines: [
    {
      what: 'process started → first answer, on 1,000,000 messages (limit: node -e 0)',
      unit: 'ms',
      better: 'less',
      goal: { limit: 5 },
    },
  ],
  mostRounds: 3,
  async start(workshop, scale) {
    const file = await filledBoard(workshop, 'start', scale(MESSAGES));
    const program = installed(workshop);
    const toFirstAnswer = async () => {
      const { url, stop } = await startNode(workshop, `sqlite:${file}`, {}, program);
      const { ok } = await fetch(`${url}/messages`);
      if (!ok) throw new Error('the first answer was none');
      return stop;
    };
    const stop = await toFirstAnswer();
    await sleep(UNTIL_KEPT);
    await stop();
    return {
      ours: () => medianTime(toFirstAnswer),
      limit: () =>
        medianTime(async () => {
          await once(workshop.spawn(process.execPath, ['-e', '0'], 'ignore'), 'exit');
        }),
    } satisfies Contestants;
  },
};

async function medianTime(run: () => Promise<(() => Promise<void>) | void>): Promise<[number]> {
  const times: number[] = [];
  for (let n = 0; n < STARTS; n += 1) {
    const begin = performance.now();
    const stop = await run();
    times.push(performance.now() - begin);
    await stop?.();
  }
  return [median(times)];
}

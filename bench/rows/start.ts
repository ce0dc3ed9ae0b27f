import { once } from 'node:events';
import { startNode } from '../contestants.ts';
import { filledBoard } from '../filled-board.ts';
import { installed } from '../installed.ts';
import { median } from '../measure.ts';
import type { Contestants, Row } from '../row.ts';

const MESSAGES = 1_000_000;
const STARTS = 5;

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
    return {
      ours: () =>
        medianTime(async () => {
          const { url, stop } = await startNode(workshop, `sqlite:${file}`, {}, program);
          const { ok } = await fetch(`${url}/messages`);
          if (!ok) throw new Error('the first answer was none');
          return stop;
        }),
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

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNode } from '../contestants.ts';
import { filledBoard } from '../filled-board.ts';
import { memoryOf } from '../machine.ts';
import { type Contestants, LeftOut, type Probe, type Row } from '../row.ts';
import { loadStreams, OURS, whyNoStreams } from '../streams.ts';
import type { Workshop } from '../workshop.ts';

const MESSAGES = 1_000_000;

/** Somebody else, who follows the board and posts. */
const OTHERS = { readers: 1, posters: 4, rate: 100, warmUp: 1 };

/** Seconds that the others stay: less than a replay takes, so that all of it falls on them. */
const MEANWHILE = 2;

/** A reader who asks for the whole board. */
export const replay: Row = {
  name: 'replay',
  lines: [
    {
      what: 'after=0 of 1,000,000 messages, NDJSON',
      unit: 'messages/s',
      better: 'more',
      goal: { ours: 300_000 },
    },
    { what: 'meanwhile, what others post is answered and told, p99', unit: 'ms', better: 'less', goal: { ours: 50 } },
    { what: 'meanwhile, the server grows by at most', unit: 'MiB', better: 'less' },
  ],
  mostRounds: 3,
  async start(workshop, scale) {
    const why = whyNoStreams(OTHERS.readers + OTHERS.posters);
    if (why) return why;
    const messages = scale(MESSAGES);
    const file = await filledBoard(workshop, 'replay', messages);
    return {
      ours: ours(workshop, file, messages),
      limit: spawnSync('sqlite3', ['-version']).error
        ? new LeftOut('sqlite3 is not installed (Debian: apt install sqlite3)')
        : async () => [(1000 * messages) / (await timeOfReading(workshop, file, messages)), Number.NaN, Number.NaN],
    } satisfies Contestants;
  },
};

function ours(workshop: Workshop, file: string, messages: number): Probe {
  return async () => {
    // A new process each time, so that its memory tells of this replay alone.
    const { port, pid, stop } = await startNode(workshop, `sqlite:${file}`);
    const others = loadStreams(workshop, { ...OURS, ...OTHERS, port, seconds: MEANWHILE });
    await sleep(OTHERS.warmUp * 1000);
    const before = memoryOf(pid).now;
    const { tookMs } = await loadStreams(workshop, {
      port,
      readers: 1,
      get: '/stream?after=0',
      getHeaders: ['Accept: application/x-ndjson'],
      comments: 0,
      events: messages,
      seconds: 120,
    });
    const { answerMs, lastReaderMs } = await others;
    const grown = memoryOf(pid).most - before;
    await stop();
    return [(1000 * messages) / tookMs, Math.max(answerMs.p99, lastReaderMs.p99), grown / 1024 / 1024];
  };
}

async function timeOfReading(workshop: Workshop, file: string, messages: number): Promise<number> {
  const start = performance.now();
  const query = `select * from messages where id <= ${messages} order by id`;
  const [code] = await once(
    workshop.spawn('sqlite3', ['-readonly', file, query], ['ignore', 'ignore', 'inherit']),
    'exit',
  );
  if (code !== 0) throw new Error(`sqlite3 ended with ${code}`);
  return performance.now() - start;
}

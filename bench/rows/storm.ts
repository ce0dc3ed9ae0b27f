import { setTimeout as sleep } from 'node:timers/promises';
import { postMessages, startMsgboard, startNode } from '../contestants.ts';
import type { Contestants, Row } from '../row.ts';
import { loadStreams, OURS, whyNoStreams } from '../streams.ts';

const READERS = 10_000;
const BEHIND = 100;

/** Somebody else, who follows the board and posts. */
const OTHERS = { readers: 10, posters: 4, rate: 50 };

/** Seconds: how long the others have been there before, and how long they stay if all come. */
const BEFORE = 1;
const AFTER = 6;

/** All readers come back at once after a restart. */
export const storm: Row = {
  name: 'storm',
  lines: [
    {
      what: `10,000 readers, ${BEHIND} messages behind, come back at once after a restart: all are live after`,
      unit: 'ms',
      better: 'less',
      goal: { ours: 3000 },
    },
    { what: 'meanwhile, the latest event of anybody else', unit: 'ms', better: 'less', goal: { ours: 1000 } },
  ],
  mostRounds: 3,
  async start(workshop, scale) {
    const readers = scale(READERS);
    const why = whyNoStreams(readers);
    if (why) return why;
    const stay = Math.max(1, (AFTER * readers) / READERS);
    let server = await startMsgboard(workshop, 'storm', 1000);
    const database = `sqlite:${workshop.file('storm-ours.db')}`;

    return {
      ours: async () => {
        const cursor = (await fetch(`${server.url}/messages?limit=1`)).headers.get('last-event-id');
        await postMessages(server.url, BEHIND);
        await server.stop();
        server = await startNode(workshop, database);

        const { port } = server;
        const others = loadStreams(workshop, { ...OURS, ...OTHERS, port, warmUp: BEFORE, seconds: stay });
        await sleep(BEFORE * 1000);
        const back = await loadStreams(workshop, {
          port,
          readers,
          atOnce: readers,
          comments: OURS.comments,
          getHeaders: [`Last-Event-ID: ${cursor}`],
          seconds: 1,
        });
        if (back.cut > 0 || back.fewestEvents < BEHIND)
          throw new Error(`a reader got ${back.fewestEvents} events only`);
        return [back.liveMs, (await others).lastReaderMs.most];
      },
    } satisfies Contestants;
  },
};

import { startMsgboard } from '../contestants.ts';
import { processorOf } from '../machine.ts';
import { messageText } from '../message-text.ts';
import type { Contestants, Probe, Row } from '../row.ts';
import { loadStreams, OURS, whyNoStreams } from '../streams.ts';

const TOPICS = 1000;
const READERS_EACH = 2;
const RATE = 1000;
const POSTERS = 16;

/** What it costs that readers ask for different things. */
export const filters: Row = {
  name: 'filters',
  lines: [
    {
      what: `processor for a post among 2,000 readers in 1,000 topics (limit: 2 readers in one), ${RATE} posts/s`,
      unit: 'µs',
      better: 'less',
      goal: { limit: 2 },
    },
  ],
  async start(workshop, scale) {
    const most = scale(TOPICS);
    const why = whyNoStreams(most * READERS_EACH + POSTERS);
    if (why) return why;
    const { port, pid } = await startMsgboard(workshop, 'filters', 0);

    const probe =
      (topics: number): Probe =>
      async (seconds) => {
        const before = processorOf(pid);
        const figures = await loadStreams(workshop, {
          ...OURS,
          port,
          topics,
          readers: topics * READERS_EACH,
          get: '/stream?topic=t*',
          posters: POSTERS,
          rate: RATE,
          seconds,
          body: JSON.stringify({ text: `# ${messageText}`, topics: ['t*'] }),
        });
        return [((processorOf(pid) - before) * 1e6) / figures.posted];
      };
    return { ours: probe(most), limit: probe(1) } satisfies Contestants;
  },
};

import { startMsgboard } from '../contestants.ts';
import type { Contestants, Row } from '../row.ts';
import { loadStreams, OURS, whyNoStreams } from '../streams.ts';

const GUESSES = 200;
const OTHERS = { posters: 4, rate: 100 };

/** Many guesses at passwords, which are costly by design. */
export const logInFlood: Row = {
  name: 'log-in-flood',
  lines: [
    {
      what: `a post while ${GUESSES} wrong passwords are tried at once, p99`,
      unit: 'ms',
      better: 'less',
      goal: { ours: 100 },
    },
    { what: 'a page meanwhile, p99', unit: 'ms', better: 'less', goal: { ours: 100 } },
  ],
  async start(workshop) {
    const why = whyNoStreams(GUESSES + 2 * OTHERS.posters);
    if (why) return why;
    const { port } = await startMsgboard(workshop, 'log-in-flood', 100);
    return {
      ours: async (seconds) => {
        const flood = loadStreams(workshop, {
          port,
          posters: GUESSES,
          request: 'POST /session',
          body: JSON.stringify({ username: 'kitten', password: 'wool' }),
          status: '401',
          seconds: seconds + 1,
        });
        const [posts, pages] = await Promise.all([
          loadStreams(workshop, { ...OURS, ...OTHERS, port, seconds, warmUp: 1 }),
          loadStreams(workshop, { ...OTHERS, port, request: 'GET /messages', seconds, warmUp: 1 }),
        ]);
        await flood;
        return [posts.answerMs.p99, pages.answerMs.p99];
      },
    } satisfies Contestants;
  },
};

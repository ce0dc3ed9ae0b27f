import { startMsgboard, startRawStreams } from '../contestants.ts';
import { NCHAN, startNchan } from '../nchan.ts';
import { type Contestants, LeftOut, type Probe, type Row } from '../row.ts';
import type { Server } from '../start-server.ts';
import { loadStreams, OURS, type StreamLoad, whyNoStreams } from '../streams.ts';
import type { Workshop } from '../workshop.ts';
import { eventOf, payloadOf } from './event.ts';

/** How many posters to try, each of whom posts as soon as its last post is answered. */
const CROWDS = [256, 64, 16, 4, 1];

/** How late (ms) a post may come to its last reader. */
const LATEST = 1000;

/** Under pressure nchan loses messages without a word: such a crowd was too much for it. Of ours it is a failure. */
const LOSSY = { patience: 3 };

/** What the limit writes at once, in bytes: of 4 KiB to 1 MiB it is the size that goes through fastest. */
const CHUNK = 64 * 1024;

/** The greatest rate of posts that so many readers all receive within a second. */
export function fanOut(full: number, goal: { readonly peer?: number } = {}): Row {
  const name = `fan-out-${full}`;
  return {
    name,
    lines: [
      {
        what: `posts that ${full.toLocaleString('en')} readers all receive within 1 s`,
        unit: 'posts/s',
        better: 'more',
        goal,
      },
    ],
    mostRounds: 3,
    async start(workshop, scale) {
      const readers = scale(full);
      const why = whyNoStreams(readers + (CROWDS[0] ?? 0));
      if (why) return why;
      const ours = await startMsgboard(workshop, name, 0);
      const event = await eventOf(ours);
      const peer = await startNchan(workshop);
      const count = Math.ceil(CHUNK / event.length);
      const limit = await startRawStreams(workshop, { readers, chunk: event.repeat(count) });

      return {
        ours: greatestRate(workshop, ours, { readers, ...OURS }),
        limit: async (seconds) => {
          const { fewestEvents, tookMs } = await loadStreams(workshop, { port: limit.port, readers, seconds });
          return [(1000 * fewestEvents) / tookMs];
        },
        peer:
          peer instanceof LeftOut
            ? peer
            : greatestRate(workshop, peer, { readers, ...NCHAN, ...LOSSY, body: payloadOf(event) }),
      } satisfies Contestants;
    },
  };
}

/** Tries all crowds at first, and then the best one alone, or a smaller one where it was too much. */
function greatestRate(workshop: Workshop, { port }: Server, load: Omit<StreamLoad, 'port'>): Probe {
  let crowds = CROWDS;
  return async (seconds) => {
    let best = 0;
    let bestCrowd = 1;
    for (const posters of crowds) {
      const figures = await loadStreams(workshop, { ...load, port, posters, seconds, warmUp: 0.5 }).catch((error) => {
        if (load.patience === undefined) throw error;
        return null;
      });
      const isInTime =
        figures !== null && figures.cut === 0 && figures.lastReaderMs.count > 0 && figures.lastReaderMs.most <= LATEST;
      const rate = isInTime ? figures.delivered / seconds : 0;
      if (rate > best) [best, bestCrowd] = [rate, posters];
      else if (best > 0) break;
    }
    crowds = CROWDS.slice(CROWDS.indexOf(bestCrowd));
    return [best];
  };
}

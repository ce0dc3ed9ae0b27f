import { startMsgboard } from '../contestants.ts';
import { NCHAN, startNchan } from '../nchan.ts';
import { type Contestants, LeftOut, type Probe, type Row } from '../row.ts';
import { loadStreams, OURS, type StreamLoad, whyNoStreams } from '../streams.ts';
import { eventOf, payloadOf } from './event.ts';

const READERS = 1000;
const RATE = 100;
const POSTERS = 16;

/** How long a post takes to the last reader. */
export const latency: Row = {
  name: 'latency',
  lines: [
    {
      what: `post sent → the last of 1,000 readers has it, ${RATE} posts/s, p99`,
      unit: 'ms',
      better: 'less',
      goal: { peer: 1 },
    },
  ],
  async start(workshop, scale) {
    const readers = scale(READERS);
    const why = whyNoStreams(readers + POSTERS);
    if (why) return why;
    const ours = await startMsgboard(workshop, 'latency', 0);
    const body = payloadOf(await eventOf(ours));
    const peer = await startNchan(workshop);

    const probe =
      (load: StreamLoad): Probe =>
      async (seconds) => {
        const figures = await loadStreams(workshop, {
          ...load,
          readers,
          posters: POSTERS,
          rate: RATE,
          seconds,
          warmUp: 1,
        });
        return [figures.lastReaderMs.p99];
      };
    return {
      ours: probe({ ...OURS, port: ours.port }),
      peer: peer instanceof LeftOut ? peer : probe({ ...NCHAN, port: peer.port, body }),
    } satisfies Contestants;
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import { startNode, startRawStreams } from '../contestants.ts';
import { memoryOf } from '../machine.ts';
import { NCHAN, startNchan } from '../nchan.ts';
import { type Contestants, LeftOut, type Probe, type Row } from '../row.ts';
import type { Server } from '../start-server.ts';
import { holdStreams, OURS, type StreamLoad, whyNoStreams } from '../streams.ts';
import type { Workshop } from '../workshop.ts';

const READERS = 15_000;

/** So many come and go before, so that what the first reader of all needs is not counted. */
const BEFORE = 100;

/** What a reader costs who hears nothing. */
export const memory: Row = {
  name: 'memory',
  lines: [{ what: 'memory for each of 15,000 idle readers', unit: 'KiB', better: 'less', goal: { ours: 8 } }],
  mostRounds: 3,
  async start(workshop, scale) {
    const readers = scale(READERS);
    const why = whyNoStreams(readers);
    if (why) return why;
    const startPeer = () => startNchan(workshop);
    const peer = await startPeer();
    if (!(peer instanceof LeftOut)) await peer.stop();

    const startOurs = () => startNode(workshop, `sqlite:${workshop.file('memory.db')}`);
    return {
      ours: probe(workshop, readers, { comments: OURS.comments }, startOurs),
      limit: probe(workshop, readers, {}, () => startRawStreams(workshop, null)),
      peer: peer instanceof LeftOut ? peer : probe(workshop, readers, NCHAN, startPeer),
    } satisfies Contestants;
  },
};

/** Each time in a new process: one that had many readers before has room for them. */
function probe(
  workshop: Workshop,
  readers: number,
  load: Omit<StreamLoad, 'port'>,
  start: () => Promise<Server | LeftOut>,
): Probe {
  return async (seconds) => {
    const server = await start();
    if (server instanceof LeftOut) throw new Error(server.why);
    const { port, pid } = server;
    const withReaders = (count: number) =>
      holdStreams(workshop, { ...load, port, readers: count }, async () => {
        await sleep(seconds * 1000);
        return memoryOf(pid).now;
      });
    const before = await withReaders(BEFORE);
    const after = await withReaders(BEFORE + readers);
    await server.stop();
    return [(after - before) / readers / 1024];
  };
}

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { databasesOn, type Server } from '../database-servers.ts';
import { type Contestants, LeftOut, type Probe, type Row } from '../row.ts';
import { startServer } from '../start-server.ts';
import type { Workshop } from '../workshop.ts';

const farAwayProgram = fileURLToPath(new URL('../servers/far-away.ts', import.meta.url));

/**
 * A row that is the rate at which messages are stored without any HTTP.
 *
 * @param way - to a server on this machine, or to one that is as if it were on another.
 */
export function storeRate(server: Server, way: 'near' | 'far'): Row {
  return {
    name: way === 'near' ? `store-${server}` : `store-far-${server}`,
    lines: [
      {
        what: `durable posts of 64 writers in one process, ${server}${way === 'near' ? '' : ' 1 ms away'}`,
        unit: 'messages/s',
        better: 'more',
        ...(way === 'near' && { goal: { peer: 4 } }),
      },
    ],
    async start(workshop) {
      const stored = await databasesOn(server);
      if (stored instanceof LeftOut) return stored;
      const [ours, peer] =
        way === 'near' ? [stored.ours, stored.peer] : await farAway(workshop, stored.ours, stored.peer);
      return {
        ours: loop(workshop, 'store.ts', ours),
        limit: loop(workshop, 'group.ts', peer),
        peer: loop(workshop, 'insert.ts', peer),
      } satisfies Contestants;
    },
  };
}

/** The same two databases, on one server, by a longer way. */
async function farAway(workshop: Workshop, ...urls: readonly [string, string]): Promise<readonly [string, string]> {
  const { port } = new URL(urls[0]);
  const way = await startServer(workshop, 'the long way', (own) => [farAwayProgram, String(own), port]);
  const [ours, peer] = urls.map((url) => Object.assign(new URL(url), { port: way.port }).href);
  return [ours ?? '', peer ?? ''];
}

/** Starts a loop in a process of its own, which is told for how long to run, and says its rate then. */
function loop(workshop: Workshop, program: string, url: string): Probe {
  const path = fileURLToPath(new URL(`../loops/${program}`, import.meta.url));
  const { stdin, stdout } = workshop.spawn(process.execPath, [path, url], ['pipe', 'pipe', 'inherit']);
  if (!stdin || !stdout) throw new Error(`${program} has no input and output`);
  // If it ends, its output does too.
  stdin.on('error', () => {});
  const rates = createInterface({ input: stdout })[Symbol.asyncIterator]();

  return async (seconds) => {
    stdin.write(`${seconds}\n`);
    const { value } = await rates.next();
    const rate = Number(value);
    if (!(rate > 0)) throw new Error(`${program} has ended, or stored nothing: ${value}`);
    return [rate];
  };
}

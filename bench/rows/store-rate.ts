import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { databasesOn, type Server } from '../database-servers.ts';
import { type Contestants, LeftOut, type Row } from '../row.ts';
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
      },
    ],
    async start(workshop) {
      const stored = await databasesOn(server);
      if (stored instanceof LeftOut) return stored;
      const [ours, peer] =
        way === 'near' ? [stored.ours, stored.peer] : await farAway(workshop, stored.ours, stored.peer);
      const measured = (loop: string, url: string) => async (seconds: number) => [
        await run(workshop, loop, url, seconds),
      ];
      return {
        ours: measured('store.ts', ours),
        limit: measured('group.ts', peer),
        peer: measured('insert.ts', peer),
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

/** Runs a loop in a process of its own, which says its rate. */
async function run(workshop: Workshop, loop: string, url: string, seconds: number): Promise<number> {
  const program = fileURLToPath(new URL(`../loops/${loop}`, import.meta.url));
  const child = workshop.spawn(process.execPath, [program, url, String(seconds)], ['ignore', 'pipe', 'inherit']);
  if (!child.stdout) throw new Error('the loop has no output');
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const rate = Number(output);
  if (code !== 0 || !(rate > 0)) throw new Error(`${loop} ended with ${code}: ${output}`);
  return rate;
}

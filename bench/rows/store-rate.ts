import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { databasesOn, type Server } from '../database-servers.ts';
import { type Contestants, LeftOut, type Row } from '../row.ts';
import type { Workshop } from '../workshop.ts';

/** A row that is the rate at which messages are stored without any HTTP. */
export function storeRate(server: Server): Row {
  return {
    name: `store-${server}`,
    lines: [{ what: `durable posts of 64 writers in one process, ${server}`, unit: 'messages/s', better: 'more' }],
    async start(workshop) {
      const stored = await databasesOn(server);
      if (stored instanceof LeftOut) return stored;
      return {
        ours: (seconds) => run(workshop, 'store.ts', stored.ours, seconds).then((rate) => [rate]),
        peer: (seconds) => run(workshop, 'insert.ts', stored.peer, seconds).then((rate) => [rate]),
      } satisfies Contestants;
    },
  };
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

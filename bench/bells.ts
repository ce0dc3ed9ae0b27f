/**
 * `npm run bench:bells`: how long a message takes from the node that it is posted on to a reader on another one, by each
 * bell. README.md says what it all means.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { connect } from '../src/client.ts';
import { startNode } from './contestants.ts';
import { databasesOn, type Server } from './database-servers.ts';
import { Progress } from './progress.ts';
import { LeftOut } from './row.ts';
import { Workshop } from './workshop.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '200' },
    redis: { type: 'string', default: 'redis://127.0.0.1:6379' },
    nats: { type: 'string', default: 'nats://127.0.0.1:4222' },
  },
});
const [seconds, rate] = [Number(options.seconds), Number(options.rate)];

/** How long (s) both nodes warm up before anything counts. */
const WARM_UP = 3;

const CASES: readonly (readonly [server: Server, bell: string])[] = [
  ['postgres', 'postgres'],
  ['postgres', options.redis],
  ['postgres', options.nats],
  ['postgres', 'poll'],
  ['mariadb', options.redis],
  ['mariadb', options.nats],
  ['mariadb', 'poll'],
];

const progress = new Progress();
const workshop = new Workshop();
process.stdout.write(`ms from the request on one node to the event on another, ${rate} messages/s for ${seconds} s\n`);
for (const [server, bell] of CASES) {
  progress.say(`${server}, ${bell}`);
  const times = await measure(server, bell);
  progress.clear();
  const told = times instanceof LeftOut ? `left out: ${times.why}` : figures(times);
  process.stdout.write(`${server.padEnd(9)} ${bell.replace(/:.*/, '').padEnd(9)} ${told}\n`);
  await workshop.clear();
}

async function measure(server: Server, bell: string): Promise<readonly number[] | LeftOut> {
  const stored = await databasesOn(server);
  if (stored instanceof LeftOut) return stored;
  const env = { MSGBOARD_BELL: bell };
  const near = await startNode(workshop, stored.ours, env);
  const far = await startNode(workshop, stored.ours, env);

  const times: number[] = [];
  const sent = new Map<string, number>();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const { message } of connect(far.url).stream({}, { signal: stop.signal })) {
      const start = message && 'text' in message ? sent.get(message.text) : undefined;
      if (start !== undefined) times.push(performance.now() - start);
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });

  await connect(near.url).users.create({ username: 'kitten', password: 'yarn' });
  const kitten = connect(near.url, { username: 'kitten', password: 'yarn' });
  const posts: Promise<unknown>[] = [];
  const begin = performance.now();
  for (let n = 0; n < rate * (WARM_UP + seconds); n += 1) {
    await sleep(Math.max(0, begin + (n * 1000) / rate - performance.now()));
    const text = `${begin} ${n}`;
    if (n >= rate * WARM_UP) sent.set(text, performance.now());
    posts.push(kitten.messages.post({ text }));
  }
  await Promise.all(posts);
  for (let patience = 100; times.length < sent.size && patience > 0; patience -= 1) await sleep(100);
  stop.abort();
  await reading;
  if (times.length !== sent.size) throw new Error(`${times.length} of ${sent.size} messages came`);
  return times;
}

function figures(times: readonly number[]): string {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (part: number) => (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`;
}

/**
 * `npm run bench:log-ins`: can a name that somebody has be told from one that nobody has, by how long a wrong password takes?
 * It fails if 500 log-ins each could be told apart by chance less than once in a thousand runs.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { openBoard } from '../src/index.ts';
import { mannWhitney } from './mann-whitney.ts';

const EACH = 500;
const SIGNIFICANT = 0.001;

const board = await openBoard('sqlite::memory:');
await board.as().users.create({ username: 'kitten', password: 'yarn' });

const times = { known: [] as number[], unknown: [] as number[] };
while (times.known.length + times.unknown.length < 2 * EACH) {
  // In random order, so that whatever else the machine does falls on both.
  const wanted = randomInt(2) === 0 ? 'known' : 'unknown';
  const kind = times[wanted].length < EACH ? wanted : wanted === 'known' ? 'unknown' : 'known';
  times[kind].push(await timeOfLogIn(kind === 'known' ? 'kitten' : 'puppyy'));
}
await board.close();

const p = mannWhitney(times.known, times.unknown);
process.stdout.write(
  `a wrong password for a name that is known: ${median(times.known).toFixed(2)} ms, unknown: ${median(times.unknown).toFixed(2)} ms (medians of ${EACH}); p = ${p.toFixed(4)}\n`,
);
if (p < SIGNIFICANT) {
  process.stdout.write('They can be told apart.\n');
  process.exitCode = 1;
}

async function timeOfLogIn(username: string): Promise<number> {
  const password = randomBytes(6).toString('hex');
  const start = performance.now();
  await board.logIn(username, password).then(
    () => {
      throw new Error('a wrong password was right');
    },
    () => {},
  );
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

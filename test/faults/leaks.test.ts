import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import test, { type TestContext } from 'node:test';
import { Crowd } from '../support/crowd.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type Program, preloaded, startProgram } from '../support/program.ts';
import { numberSetting } from '../support/settings.ts';

/** Streams that are open at once; the system must let a process have as many descriptors and some. */
const CROWD = numberSetting('MSGBOARD_CROWD', 300);
const ROUNDS = numberSetting('MSGBOARD_SOAK_ROUNDS', 4);
const MIB = 1024 * 1024;

test(`a server lets go of what ${CROWD} readers and their writers have left, round by round`, async (t) => {
  const rounds = await soak(t, 'accounts', CROWD, ROUNDS);
  const faults = growthOf(rounds);
  assert.deepEqual(faults, []);
});

test('a server that keeps a little of each request is found out', async (t) => {
  const faults = growthOf(await soak(t, 'leak', 300, 4));
  assert.match(faults.join(), /^the heap grows/);
});

interface Held {
  readonly heap: number;
  readonly rss: number;
  readonly resources: readonly string[];
  readonly descriptors: number;
}

/** What a server holds after each round of the same coming, writing, reading and going. */
async function soak(t: TestContext, preload: string, size: number, count: number): Promise<Held[]> {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url], { env: preloaded(preload) });
  const { api } = program;
  const kitten = await api.signUp('kitten');
  const crowd = new Crowd(t, program.url, { count: size, path: '/stream', onText: () => {} });
  const rounds: Held[] = [];
  for (let round = 0; round < count; round++) {
    await crowd.come();
    // Churn: as many go and come as there are.
    for (let n = 0; n < 4; n++) {
      await crowd.leave(size / 4);
      await crowd.come();
      const { id } = await api.say(kitten, { text: `round ${round}`, topics: [`topic ${n}`] });
      await api.put(`/message/${id}`, { text: 'edited' }, { as: kitten });
      const session = await api.logIn(kitten);
      await api.delete('/session', { headers: { authorization: `Bearer ${session.token}` } });
      for (let m = 0; m < 100; m++) await api.get(`/messages?limit=${1 + m}`);
    }
    await crowd.leave();
    // A commit has the pages forgotten that are kept for whoever asks again: they grow as the board does, up to 16 MiB.
    await api.say(kitten, 'the end of a round');
    rounds.push(await heldBy(program));
    const { heap, rss, descriptors } = rounds.at(-1) ?? { heap: 0, rss: 0, descriptors: 0 };
    const [heapMib, rssMib] = [heap, rss].map((bytes) => Math.round((bytes / MIB) * 10) / 10);
    t.diagnostic(`round ${round + 1} of ${count}: heap ${heapMib} MiB, RSS ${rssMib} MiB, ${descriptors} descriptors`);
  }
  return rounds;
}

async function heldBy(program: Program): Promise<Held> {
  await eventually(async () => assert.match((await program.api.get('/metrics')).text, /^msgboard_streams_open 0$/m));
  const pid = program.pid;
  const before = tellings(program).length;
  await program.send('SIGUSR2');
  const told = await eventually(() => tellings(program)[before] ?? assert.fail('nothing is told'));
  return { ...told, descriptors: (await readdir(`/proc/${pid}/fd`)).length };
}

function tellings(program: Program): Omit<Held, 'descriptors'>[] {
  return [...program.output().matchAll(/^\{"held":.*\}$/gm)].map(([line]) => JSON.parse(line).held);
}

/** What is held more after the second half of the rounds than before it: the first half fills what is kept for later. */
function growthOf(rounds: readonly Held[]): string[] {
  const first = rounds[Math.ceil(rounds.length / 2) - 1];
  const last = rounds.at(-1);
  assert.ok(first && last && rounds.length > 2);
  const faults: string[] = [];
  if (last.heap > first.heap + 2 * MIB) faults.push(`the heap grows from ${first.heap} to ${last.heap}`);
  if (last.rss > first.rss * 1.3 + 20 * MIB) faults.push(`the memory grows from ${first.rss} to ${last.rss}`);
  if (last.descriptors > first.descriptors + 10) faults.push(`${last.descriptors} descriptors, ${first.descriptors}`);
  if (last.resources.length > first.resources.length + 10)
    faults.push(`${last.resources.length} resources, ${first.resources.length}`);
  return faults;
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Api, Person } from '../support/api.ts';
import { Crowd } from '../support/crowd.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProgram } from '../support/program.ts';
import { numberSetting } from '../support/settings.ts';

const HEALTHY = numberSetting('MSGBOARD_HEALTHY', 200);
const DEAF = 100;
/** How often they are held against the clock; not at all where tests may share the machine. */
const TIMED_ROUNDS = numberSetting('MSGBOARD_TIMED_ROUNDS', 0);
const MIB = 1024 * 1024;
/** 40 KB; all that a deaf reader's sockets take is a small part of these. */
const BIG = '🐈'.repeat(10_000);
const BIGS = 300;
const SMALLS = 100;

test(`${DEAF} readers that never read are cut off, and ${HEALTHY} healthy ones hear all`, async (t) => {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url]);
  const { api } = program;
  const kitten = await api.signUp('kitten');
  const heard = new Hearing(HEALTHY);
  const healthy = new Crowd(t, program.url, { count: HEALTHY, path: '/stream?topic=small', onText: heard.onText });
  await healthy.come();
  await speak(api, kitten, heard);
  const before = await number(api, 'process_resident_memory_bytes');

  const deaf = new Crowd(t, program.url, { count: DEAF, path: '/stream', onText: null });
  await deaf.come();
  await eventually(async () => assert.equal(await number(api, 'streams_open'), HEALTHY + DEAF));
  await speak(api, kitten, heard);
  let most = await number(api, 'process_resident_memory_bytes');
  await eventually(async () => {
    most = Math.max(most, await number(api, 'process_resident_memory_bytes'));
    assert.equal(await number(api, 'stream_cut_offs_total'), DEAF);
  });
  assert.equal(await number(api, 'streams_open'), HEALTHY);
  assert.equal(healthy.gone, 0);
  const grown = Math.round((most - before) / MIB);
  t.diagnostic(`memory grew by ${grown} MiB`);
  assert.ok(grown < DEAF + 100, `memory grew by ${grown} MiB: a MiB for each, and what garbage there is`);
});

if (TIMED_ROUNDS > 0)
  test('healthy readers wait no more than twice as long for deaf ones', async (t) => {
    const ratios: number[] = [];
    for (let round = 0; round < TIMED_ROUNDS; round++) {
      const { url } = await temporaryDatabase(t);
      const program = await startProgram(t, ['--port', '0', '--database', url]);
      const kitten = await program.api.signUp('kitten');
      const heard = new Hearing(HEALTHY);
      const healthy = new Crowd(t, program.url, { count: HEALTHY, path: '/stream?topic=small', onText: heard.onText });
      await healthy.come();
      await speak(program.api, kitten, heard);
      const alone = await speak(program.api, kitten, heard);
      const deaf = new Crowd(t, program.url, { count: DEAF, path: '/stream', onText: null });
      await deaf.come();
      const beside = await speak(program.api, kitten, heard);
      ratios.push(beside / alone);
      t.diagnostic(
        `round ${round + 1}: p99 ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside ${DEAF} deaf ones`,
      );
      for (const crowd of [healthy, deaf]) await crowd.leave();
      await program.end('SIGTERM');
    }
    const middle = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN;
    assert.ok(middle <= 2, `${middle.toFixed(2)} times as long, in the middle of ${TIMED_ROUNDS} rounds`);
  });

/** When what was said is heard, by how many. */
class Hearing {
  readonly #readers: number;
  readonly #ends: string[] = [];
  readonly #said = new Map<string, number>();
  lags: number[] = [];

  constructor(readers: number) {
    this.#readers = readers;
  }

  say(word: string): void {
    this.#said.set(word, performance.now());
  }

  isHeard(words: number): boolean {
    return this.lags.length >= words * this.#readers;
  }

  readonly onText = (chunk: string, reader: number): void => {
    const text = (this.#ends[reader] ?? '') + chunk;
    const lines = text.split('\n');
    this.#ends[reader] = lines.pop() ?? '';
    for (const line of lines) {
      const said = this.#said.get(/"text":"(small \d+)"/.exec(line)?.[1] ?? '');
      if (said !== undefined) this.lags.push(performance.now() - said);
    }
  };
}

/** Big messages for some, small ones for all; resolves with the p99 (ms) of these, once everybody has heard them. */
async function speak(api: Api, as: Person, heard: Hearing): Promise<number> {
  heard.lags = [];
  for (let n = 0; n < SMALLS; n++) {
    const bigs = Array.from({ length: BIGS / SMALLS }, () => api.say(as, { text: BIG, topics: ['big'] }));
    heard.say(`small ${n}`);
    await Promise.all([...bigs, api.say(as, { text: `small ${n}`, topics: ['small'] })]);
  }
  await eventually(() => assert.ok(heard.isHeard(SMALLS), `${heard.lags.length} of ${SMALLS} each`));
  assert.equal(heard.lags.length, SMALLS * HEALTHY, 'each is heard once');
  return heard.lags.sort((a, b) => a - b)[Math.floor(heard.lags.length * 0.99)] ?? Number.NaN;
}

/** One of the server's own numbers. */
async function number(api: Api, name: string): Promise<number> {
  const { text } = await api.get('/metrics');
  return Number(new RegExp(`^(?:msgboard_)?${name} (.*)$`, 'm').exec(text)?.[1]);
}

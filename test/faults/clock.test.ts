import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../src/model/message.ts';
import { basic, bearer } from '../support/api.ts';
import { atEnd } from '../support/cleanup.ts';
import { DAY, MINUTE } from '../support/clock.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type Program, preloaded, startProgram } from '../support/program.ts';
import { openStream } from '../support/stream-reader.ts';

const JUMPS = [
  ['ahead', DAY],
  ['back', -DAY],
] as const;

test('a clock that jumps a day ahead, and then a day back of what it was', async (t) => {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url], {
    env: { ...preloaded('moved-clock'), MSGBOARD_RATE_LIMIT: 'on', MSGBOARD_LIMIT: 'messages=10/min' },
  });
  const { api } = program;
  const kitten = await api.signUp('kitten');
  const puppy = await api.signUp('puppy');
  const session = await api.logIn(kitten);
  const streamOnly = await api.logIn(kitten, { stream: true });
  const reader = await openStream(program.url);
  const keyed = (text: string, key: string) =>
    api.call<Message>('POST', '/message', {
      json: { text },
      headers: { authorization: basic(kitten), 'idempotency-key': key },
    });
  const first = (await keyed('once', 'a')).body;
  await keyed('also', 'b');
  let last = 2;
  const spent = async () => (await api.post('/message', { text: 'y' }, { as: puppy })).status;
  for (let n = 0; n < 10; n++) assert.equal(await spent(), 201);
  last += 10;

  for (const [where, ms] of JUMPS) {
    await t.test(where, async () => {
      await jump(program, ms);
      // Keys are looked through for what is old by the first of these.
      assert.deepEqual([(await keyed(where, where)).body.id, (await keyed('once', 'a')).body.id], [last + 1, first.id]);
      last += 1;
      const edited = await api.put<Message>(`/message/${first.id}`, { text: where }, { as: kitten });
      assert.equal(edited.body.seq, last + 1);
      assert.ok((edited.body.edited ?? '') >= edited.body.created, 'nothing is edited before it was made');
      last += 1;

      const newest = (await api.get<Message[]>('/messages?order=desc&limit=1')).body[0];
      assert.equal(newest?.text, where);
      const off = Date.parse(newest.created) - Date.now() - ms;
      assert.ok(Math.abs(off) < MINUTE, `created says what the clock says, but for ${off} ms`);
      assert.equal((await api.get('/user', { headers: bearer(session.token) })).status, 200, 'the session lasts');
      const poll = await api.get(`/stream?poll=1&token=${streamOnly.token}`);
      assert.equal(poll.status, ms > 0 ? 401 : 200, 'ten minutes are over when the clock says so');
      assert.equal(await spent(), 429, 'a minute of a limit is a minute');
    });
  }
  const ids = (await api.board()).map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  const seqs = (await reader.take(last)).map(({ message }) => message?.seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: last }, (_, n) => n + 1),
  );
  reader.cut();
});

test('who waits for a lock waits neither shorter nor longer for it', async (t) => {
  const { file, url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url], { env: preloaded('moved-clock') });
  const kitten = await program.api.signUp('kitten');
  const holder = new DatabaseSync(file);
  atEnd(t, () => holder.close());

  const [[, ahead], [, back]] = JUMPS;
  holder.exec('begin immediate');
  const patient = program.api.post('/message', { text: 'patient' }, { as: kitten });
  await jump(program, ahead);
  await sleep(100);
  holder.exec('rollback');
  assert.equal((await patient).status, 201);

  holder.exec('begin immediate');
  const late = program.api.post('/message', { text: 'late' }, { as: kitten });
  await jump(program, back);
  assert.equal((await late).status, 503);
  holder.exec('rollback');
});

async function jump(program: Program, ms: number): Promise<void> {
  await program.send('SIGUSR2');
  await eventually(() => assert.ok(program.output().includes(`the clock is ${ms} ms ahead`)));
}

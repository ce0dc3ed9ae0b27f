import assert from 'node:assert/strict';
import test from 'node:test';
import { BoardError, type Message, openBoard } from '../src/index.ts';
import type { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { DAY, MINUTE, TestClock } from './support/clock.ts';
import { temporaryDatabase } from './support/database.ts';
import { assertProblem } from './support/problem.ts';
import { startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';

test('a storm of one key from 50 connections makes one message', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const options = { as: kitten, headers: { 'idempotency-key': 'storm' } };
  const send = async () => {
    const ids: number[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await api.post<Message>('/message', { text: 'once' }, options)).body.id);
    return ids;
  };
  const ids = (await Promise.all(Array.from({ length: 50 }, send))).flat();

  assert.deepEqual([ids.length, new Set(ids).size], [250, 1]);
  assert.equal((await api.board()).length, 1);
});

test('a storm of one key, of a message and of a bulk, on two processes with one file makes each once', async (t) => {
  const { url } = await temporaryDatabase(t);
  const args = ['--port', '0', '--database', url];
  const apis = [(await startProgram(t, args)).api, (await startProgram(t, args)).api] as const;
  const kitten = await apis[0].signUp('kitten');
  const send = (api: Api, n: number) => {
    const [path, json, key] =
      n % 2 === 0 ? ['/message', { text: 'one' }, 'a'] : ['/messages', [{ text: 'b' }, { text: 'c' }], 'b'];
    return api.post(`${path}`, json, { as: kitten, headers: { 'idempotency-key': `${key}` } });
  };
  const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => send(apis[n % 3 === 0 ? 0 : 1], n)));

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]));
  const texts = (await apis[1].board()).map(({ text }) => text);
  assert.deepEqual(texts.sort(), ['b', 'c', 'one']);
});

test('a repeat of a deleted message is 404, and makes no other', async (t) => {
  const { api } = await startTestServer(t);
  const options = { as: await api.signUp('kitten'), headers: { 'idempotency-key': 'gone' } };
  const { id } = (await api.post<Message>('/message', { text: 'x' }, options)).body;
  await api.delete(`/message/${id}`, { as: options.as });
  assertProblem(await api.post('/message', { text: 'x' }, options), 404);
  assert.deepEqual(await api.board(), []);
});

test('a key is kept for two days, and then forgotten as others come', async (t) => {
  const clock = new TestClock();
  const board = await openBoard('sqlite::memory:', { now: clock.now });
  atEnd(t, () => board.close());
  await board.welcome({ username: 'kitten' });
  const { messages } = board.as('kitten');
  const post = (text: string, idempotencyKey: string) => messages.post({ text }, { idempotencyKey });
  const isReused = (error: unknown) => error instanceof BoardError && error.code === 'key-reused';

  const old = Array.from({ length: 450 }, (_, n) => `old ${n}`);
  await Promise.all(old.map((key) => post('first', key)));
  clock.advance(2 * DAY - MINUTE);
  await post('x', 'almost two days later');
  for (const key of old) await assert.rejects(post('second', key), isReused);

  clock.advance(2 * MINUTE);
  // Each batch forgets some, so three of them all.
  for (const n of [1, 2, 3]) await post('x', `two days later ${n}`);
  for (const key of old) assert.equal((await post('second', key)).text, 'second');
  await assert.rejects(post('y', 'almost two days later'), isReused);
});

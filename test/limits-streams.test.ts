import assert from 'node:assert/strict';
import test from 'node:test';
import { basic, type Person } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { from, startLimited } from './support/limited.ts';
import { assertProblem } from './support/problem.ts';
import { openStream, type StreamReader } from './support/stream-reader.ts';

const opening = (as: Person | null, address: string) => ({
  headers: { ...(as && { authorization: basic(as) }), ...from(address).headers },
});

for (const [name, isAnonymous, limits, amount] of [
  ['a user', false, {}, 20],
  ['a user, as set', false, { streams: '3' }, 3],
  ['nobody in particular', true, {}, 100],
] as const) {
  test(`${name} has ${amount} streams open, and another one after closing one`, async (t) => {
    const { api, url } = await startLimited(t, limits);
    const kitten = await api.signUp('kitten');
    const who = isAnonymous ? null : kitten;
    const readers: StreamReader[] = [];
    for (let n = 0; n < amount; n++) readers.push(await openStream(url, '/stream', opening(who, '10.0.0.1')));
    assertProblem(await api.get('/stream', opening(who, '10.0.0.1')), 429);

    const elsewhere = await api.get('/stream?poll=1', opening(who, '10.0.0.2'));
    assert.equal(elsewhere.status, isAnonymous ? 200 : 429);
    readers.pop()?.cut();
    await eventually(async () => {
      readers.push(await openStream(url, '/stream', opening(who, '10.0.0.1')));
    });
    assertProblem(await api.get('/stream', opening(who, '10.0.0.1')), 429);
    for (const reader of readers) reader.cut();
  });
}

test('a stream that is refused for what it asks takes no place', async (t) => {
  const { api } = await startLimited(t, { 'anonymous-streams': '1' });
  for (let n = 0; n < 3; n++) assertProblem(await api.get('/stream?user=nobody'), 400);
  for (let n = 0; n < 3; n++) assertProblem(await api.get('/stream?after=x'), 400);
  for (let n = 0; n < 3; n++) assert.equal((await api.get('/stream?poll=1')).status, 200);
});

test('EventSource is told to come back when a limit lets it, in words that it understands', async (t) => {
  const { url } = await startLimited(t, { 'anonymous-streams': '1', reads: '5/min' });
  const reader = await openStream(url);
  const second = await openStream(url);
  assert.equal(await second.ended, 'end');
  assert.ok(second.retry !== undefined && second.retry >= 5000 && second.retry <= 9000, `${second.retry}`);
  assert.deepEqual(second.events, []);

  for (let n = 0; n < 3; n++) await (await openStream(url)).ended;
  const overRead = await openStream(url);
  assert.equal(await overRead.ended, 'end');
  assert.ok(overRead.retry !== undefined && overRead.retry >= 60_000 && overRead.retry <= 64_000, `${overRead.retry}`);
  reader.cut();
});

test('two readers of an address catch up at a time; who is less than a page behind does not count', async (t) => {
  const { api, url } = await startLimited(t, { messages: 'off' });
  const kitten = await api.signUp('kitten');
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 20; n++) await Promise.all(Array.from({ length: 100 }, () => api.say(kitten, text)));
  const readers: StreamReader[] = [];
  for (let n = 0; n < 2; n++) {
    const reader = await openStream(url, '/stream?after=0', opening(null, '10.0.0.1'));
    reader.pause();
    readers.push(reader);
  }
  assertProblem(await api.get('/stream?after=0', opening(kitten, '10.0.0.1')), 429);
  const live = await openStream(url, '/stream', opening(null, '10.0.0.1'));
  const near = await openStream(url, '/stream?after=1990', opening(null, '10.0.0.1'));
  const elsewhere = await openStream(url, '/stream?after=0', opening(null, '10.0.0.2'));
  assert.equal((await near.take(10)).length, 10);

  for (const reader of readers) reader.resume();
  await Promise.all(readers.map((reader) => reader.take(2000)));
  await eventually(async () => {
    readers.push(await openStream(url, '/stream?after=0', opening(null, '10.0.0.1')));
  });
  for (const reader of [...readers, live, near, elsewhere]) reader.cut();
});

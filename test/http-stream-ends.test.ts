import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic, type Person } from './support/api.ts';
import { startTestServer, type TestServer } from './support/server.ts';
import { openStream, type StreamOptions, type StreamReader } from './support/stream-reader.ts';

function follow(url: string, as: Person, format: StreamOptions['format'] = 'sse'): Promise<StreamReader> {
  return openStream(url, '/stream', { format, headers: { authorization: basic(as) } });
}

/** What ends the streams of wolf, and of nobody else. */
const ENDS: readonly (readonly [string, (server: TestServer, wolf: Person) => Promise<unknown>])[] = [
  ['a ban', ({ board }) => board.asOperator().users.administer('wolf', { banned: true })],
  ['its deletion', ({ api }, as) => api.delete('/user', { as })],
  ['a new password', ({ api }, as) => api.patch('/user', { password: 'sheep', currentPassword: 'yarn' }, { as })],
  [
    'a password that the operator sets',
    ({ board }) => board.asOperator().users.administer('wolf', { password: 'sheep' }),
  ],
];

for (const [name, end] of ENDS) {
  for (const format of ['sse', 'ndjson'] as const) {
    test(`${format}: ${name} ends the streams of that account in every process, after what was sent`, async (t) => {
      const here = await startTestServer(t);
      const there = await startTestServer(t, { database: here.database });
      const wolf = await here.api.signUp('wolf');
      const sheep = await here.api.signUp('sheep');
      const ending = [await follow(here.url, wolf, format), await follow(there.url, wolf, format)];
      const staying = [await follow(here.url, sheep, format), await openStream(there.url, '/stream', { format })];
      await here.api.say(sheep, 'before');
      for (const reader of [...ending, ...staying]) await reader.take(1);
      await end(here, wolf);

      for (const reader of ending) assert.equal(await reader.ended, 'end');
      await here.api.say(sheep, 'after');
      for (const reader of staying) assert.equal((await reader.take(1))[0]?.type, 'message');
      for (const reader of ending) assert.equal(reader.events.length, 1);
    });
  }
}

test('a change that leaves the credentials alone ends no stream', async (t) => {
  const here = await startTestServer(t);
  const there = await startTestServer(t, { database: here.database });
  const kitten = await here.api.signUp('kitten');
  const readers = [await follow(here.url, kitten), await follow(there.url, kitten)];
  await here.api.patch('/user', { bio: 'big' }, { as: kitten });
  await here.api.say(kitten, 'I am still here.');

  for (const reader of readers) {
    const event = await reader.next();
    assert.equal(event.type === 'message' && event.message.user.bio, 'big');
  }
});

test('changes of accounts between those of messages leave every event as it would be without them', async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const puppy = await api.signUp('puppy');
  const first = await api.say(kitten, 'first');
  const reader = await openStream(url, '/stream');
  const cursor = await reader.cursor();
  // Sent together, they share transactions.
  await Promise.all([
    api.say(kitten, 'second'),
    api.patch('/user', { bio: 'one' }, { as: puppy }),
    api.put(`/message/${first.id}`, { text: 'first, edited' }, { as: kitten }),
    api.patch('/user', { bio: 'two' }, { as: kitten }),
    api.patch('/user', { bio: 'three' }, { as: puppy }),
    api.say(puppy, 'third'),
  ]);
  const events = await reader.take(3);
  const later = await openStream(url, '/stream', { headers: { 'last-event-id': cursor } });

  assert.deepEqual(events.map(({ type }) => type).sort(), ['edit', 'message', 'message']);
  assert.deepEqual(
    (await later.take(3)).map(({ type }) => type),
    ['edit', 'message', 'message'],
  );
  // The cursor of any event goes on exactly there.
  const last = events.at(-1);
  assert.ok(last);
  const again = await openStream(url, '/stream', { headers: { 'last-event-id': last.cursor } });
  const final = await api.say(kitten, 'final');
  const next = await again.next();
  assert.equal(next.type === 'message' && next.message.id, final.id);
});

test('a wait for news ends with the account', async (t) => {
  const { api, board } = await startTestServer(t);
  const wolf = await api.signUp('wolf');
  const waiting = api.get('/stream?wait=60', { as: wolf, headers: { accept: 'application/json' } });
  await sleep(50);
  await board.asOperator().users.administer('wolf', { banned: true });

  assert.ok([200, 401].includes((await waiting).status));
});

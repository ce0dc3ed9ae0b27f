import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import type { Message } from '../src/model/message.ts';
import { atEnd } from './support/cleanup.ts';
import { startTestServer } from './support/server.ts';

test('a message that is asked for again and again is always as it is now, whichever process changed it', async (t) => {
  const one = await startTestServer(t);
  const other = await startTestServer(t, { database: one.database });
  const kitten = await one.api.signUp('kitten');
  const { id } = await one.api.say(kitten, 'as of 0');
  const read = async () => (await one.api.get<Message>(`/message/${id}`)).body;

  for (let n = 1; n <= 50; n++) {
    const { api } = n % 2 === 0 ? one : other;
    const text = `as of ${n}`;
    assert.equal((await api.put(`/message/${id}`, { text }, { as: kitten })).status, 200);
    const readers = await Promise.all([read(), read(), read()]);
    assert.deepEqual([...new Set(readers.map((message) => message.text))], [text]);
  }
  await other.api.post('/message', { text: 'an answer', replyTo: id }, { as: kitten });
  const { replies, posts, latest } = await read();
  assert.deepEqual([replies, posts, latest?.text], [1, 2, 'an answer']);

  await other.api.delete(`/message/${id}`, { as: kitten });
  assert.equal((await one.api.get(`/message/${id}`)).status, 404);
});

test('a page that is asked for again and again is always as it is now, whichever process changed it', async (t) => {
  const one = await startTestServer(t);
  const other = await startTestServer(t, { database: one.database });
  const kitten = await one.api.signUp('kitten');
  const { id } = await one.api.say(kitten, 'as of 0');
  const read = async (query: string) => {
    const { body, headers } = await one.api.get<Message[]>(`/messages?${query}`);
    return { texts: body.map(({ text }) => text), cursor: headers.get('last-event-id') };
  };

  for (let n = 1; n <= 20; n++) {
    const { api } = n % 2 === 0 ? one : other;
    const text = `as of ${n}`;
    assert.equal((await api.put(`/message/${id}`, { text }, { as: kitten })).status, 200);
    const pages = await Promise.all([
      read('order=desc'),
      read('order=desc'),
      read('order=active'),
      read('user=kitten'),
    ]);
    for (const { texts } of pages) assert.deepEqual(texts, [text]);
    assert.equal(new Set(pages.map(({ cursor }) => cursor)).size, 1);
    assert.equal((await api.patch('/user', { bio: text }, { as: kitten })).status, 200);
  }
  await other.api.delete(`/message/${id}`, { as: kitten });
  assert.deepEqual((await read('order=desc')).texts, []);
});

test('a page that somebody was just shown is nobody else’s', async (t) => {
  const { api } = await startTestServer(t);
  const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
  await api.say(kitten, 'for all');
  await api.say(kitten, { text: 'psst', to: ['puppy'] });
  await api.signUp('stranger');

  const stranger = { username: 'stranger', password: 'yarn' };
  for (const [as, count] of [
    [puppy, 2],
    [stranger, 1],
    [undefined, 1],
    [kitten, 2],
    [undefined, 1],
  ] as const) {
    const { body } = await api.get<Message[]>('/messages', as && { as });
    assert.equal(body.length, count);
  }
});

test('a private message that its people were just shown is not there for anybody else', async (t) => {
  const { api } = await startTestServer(t);
  const [kitten, puppy, stranger] = [
    await api.signUp('kitten'),
    await api.signUp('puppy'),
    await api.signUp('stranger'),
  ];
  const { body } = await api.post<Message>('/message', { text: 'psst', to: ['puppy'] }, { as: kitten });

  for (const [as, status] of [
    [puppy, 200],
    [stranger, 404],
    [puppy, 200],
    [undefined, 404],
    [kitten, 200],
  ] as const) {
    const answer = await api.get(`/message/${body.id}`, as && { as });
    assert.equal(answer.status, status);
  }
});

test('what a program is given is everybody’s, so it cannot change it', async (t) => {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  await board.welcome({ username: 'kitten' });
  const { messages } = board.as('kitten');
  const draft = { text: 'Purr', topics: ['cats'], data: { mood: { now: 'good' } } };
  await messages.post({ text: 'Hello' });
  const posted = await messages.post(draft);
  const page = await messages.list();
  const listed = page.messages.find(({ id }) => id === posted.id);
  const got = await messages.get(posted.id);

  for (const message of [posted, listed, got]) {
    assert.throws(() => Object.assign(message ?? {}, { text: 'Grr' }), TypeError);
    assert.throws(() => message?.topics.push('dogs'), TypeError);
    assert.throws(() => Object.assign(message?.user ?? {}, { username: 'puppy' }), TypeError);
    assert.throws(() => Object.assign(message?.data?.['mood'] ?? {}, { now: 'bad' }), TypeError);
  }
  assert.throws(() => (page.messages as Message[]).reverse(), TypeError);
  draft.topics.push('dogs');
  assert.deepEqual((await messages.get(posted.id)).topics, ['cats']);
});

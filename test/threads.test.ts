import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { basic, type Person } from './support/api.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const dog = await api.signUp('dog');
const cow = await api.signUp('cow');

const read = async (id: number, as?: Person) => (await api.get<Message>(`/message/${id}`, { as })).body;
const list = async (query: string, as?: Person) => (await api.get<Message[]>(`/messages?${query}`, { as })).body;
const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);

test('a reply that asks for another audience than its thread’s is 400, for nobody in particular too', async () => {
  const secret = await api.say(kitten, { text: 'psst', to: ['dog'] });
  const open = await api.say(kitten, 'hello');
  for (const [replyTo, to] of [
    [secret.id, []],
    [secret.id, ['cow']],
    [secret.id, ['dog']],
    [secret.id, ['kitten', 'cow']],
    [open.id, ['kitten']],
  ] as const) {
    assertProblem(await api.post('/message', { text: 'x', replyTo, to }, { as: dog }), 400, 'to');
  }
});

test('a reply may name the audience that it has anyway', async () => {
  const secret = await api.say(kitten, { text: 'psst', to: ['dog', 'cow'] });
  const open = await api.say(kitten, 'hello');
  for (const [replyTo, to] of [
    [secret.id, ['cow', 'kitten']],
    [secret.id, ['Kitten', 'cow', 'dog', 'cow']],
    [open.id, []],
  ] as const) {
    assert.equal((await api.post('/message', { text: 'x', replyTo, to }, { as: dog })).status, 201);
  }
});

test('a reply has its thread’s topics first and then its own, together at most ten', async () => {
  const topics = Array.from({ length: 8 }, (_, n) => `topic ${n}`);
  const first = await api.say(kitten, { text: 'x', topics });
  const reply = (own: string[]) =>
    api.post<Message>('/message', { text: 'x', replyTo: first.id, topics: own }, { as: dog });

  assert.deepEqual((await reply(['own', 'topic 3', 'other'])).body.topics, [...topics, 'own', 'other']);
  assertProblem(await reply(['a', 'b', 'c']), 400, 'topics');
});

test('a thread goes on without its first message, under its id and with its topics', async () => {
  const first = await api.say(kitten, { text: 'first', topics: ['goes on'] });
  const reply = await api.say(dog, { text: 'reply', replyTo: first.id });
  await api.delete(`/message/${first.id}`, { as: kitten });
  const answer = await api.say(cow, { text: 'answer', replyTo: reply.id });

  assert.deepEqual([answer.thread, answer.topics], [first.id, ['goes on']]);
  assert.deepEqual(ids(await list(`thread=${first.id}`)), [reply.id, answer.id]);
  const [active] = await list('order=active&topic=goes+on');
  assert.deepEqual([active?.id, active?.posts, active?.latest?.id], [reply.id, 2, answer.id]);
  const single = await read(reply.id);
  assert.deepEqual([single.replyTo, single.replies, single.posts], [first.id, 1, null]);
});

test('a thread of which nothing is left is in no list', async () => {
  const first = await api.say(kitten, { text: 'first', topics: ['nothing left'] });
  const reply = await api.say(dog, { text: 'reply', replyTo: first.id });
  await api.delete(`/message/${reply.id}`, { as: dog });
  assert.deepEqual([(await read(first.id)).posts, (await read(first.id)).latest?.id], [1, first.id]);
  await api.delete(`/message/${first.id}`, { as: kitten });

  assert.deepEqual(await list(`thread=${first.id}`), []);
  assert.deepEqual(await list('order=active&topic=nothing+left'), []);
  assertProblem(await api.post('/message', { text: 'x', replyTo: reply.id }, { as: dog }), 400, 'replyTo');
});

test('the latest of a thread is again the one before, when that after it is deleted', async () => {
  const first = await api.say(kitten, 'first');
  const [one, two] = [
    await api.say(dog, { text: 'one', replyTo: first.id }),
    await api.say(dog, { text: 'two', replyTo: first.id }),
  ];
  assert.equal((await read(first.id)).latest?.id, two.id);
  await api.delete(`/message/${two.id}`, { as: dog });
  const { posts, latest, replies } = await read(first.id);
  assert.deepEqual([posts, latest?.id, replies], [2, one.id, 1]);
});

test('a conversation goes on as one thread, though its first message, or all, are deleted', async () => {
  const say = (as: Person, to: string) => api.say(as, { text: 'x', to: [to], topics: ['going on'] });
  const first = await say(kitten, 'cow');
  const second = await say(cow, 'kitten');
  await api.delete(`/message/${first.id}`, { as: kitten });
  assert.equal((await say(kitten, 'cow')).thread, first.id);
  for (const id of ids(await list(`thread=${first.id}`, cow))) {
    await api.delete(`/message/${id}`, { as: id === second.id ? cow : kitten });
  }
  const later = await say(cow, 'kitten');
  assert.equal(later.thread, first.id);
  const [active] = await list('order=active&with=cow&topic=going+on', kitten);
  assert.deepEqual([active?.id, active?.posts, active?.latest?.id], [later.id, 1, later.id]);
});

test('a conversation is known by its people and topics, however they are given', async () => {
  const first = await api.say(kitten, { text: 'x', to: ['dog', 'cow'], topics: ['a', 'b'] });
  const same = [
    await api.say(cow, { text: 'x', to: ['DOG', 'kitten', 'cow', 'dog'], topics: ['b', 'a', 'b'] }),
    await api.say(dog, { text: 'x', to: [first.user.id, 'cow'], topics: ['a', 'b'] }),
  ];
  const others = [
    await api.say(kitten, { text: 'x', to: ['dog', 'cow'], topics: ['a'] }),
    await api.say(kitten, { text: 'x', to: ['dog', 'cow'], topics: ['A', 'b'] }),
    await api.say(kitten, { text: 'x', to: ['dog'], topics: ['a', 'b'] }),
  ];
  assert.deepEqual(
    same.map(({ thread }) => thread),
    [first.id, first.id],
  );
  assert.deepEqual(
    others.map(({ id, thread }) => id === thread),
    [true, true, true],
  );
});

test('a reply in a private thread is of its conversation; public messages with equal topics are not one thread', async () => {
  const first = await api.say(kitten, { text: 'x', to: ['dog'], topics: ['reply'] });
  await api.say(dog, { text: 'x', replyTo: first.id, topics: ['more'] });
  const next = await api.say(dog, { text: 'x', to: ['kitten'], topics: ['reply'] });
  assert.deepEqual([next.thread, next.replyTo, (await read(first.id, dog)).posts], [first.id, null, 3]);

  const open = [
    await api.say(kitten, { text: 'x', topics: ['reply'] }),
    await api.say(kitten, { text: 'x', topics: ['reply'] }),
  ];
  assert.deepEqual(
    open.map(({ id, thread }) => id === thread),
    [true, true],
  );
});

test('notes to oneself are one conversation, on all one’s streams and on nobody else’s', async () => {
  const open = (as?: Person) => openStream(url, '/stream', { headers: as ? { authorization: basic(as) } : {} });
  const [phone, desk, other, nobody] = [await open(cow), await open(cow), await open(dog), await open()];
  for (const stream of [phone, desk, other, nobody]) await stream.cursor();
  const one = await api.say(cow, { text: 'milk', to: ['cow'] });
  const two = await api.say(cow, { text: 'hay', to: ['Cow', 'cow'] });
  const last = await api.say(cow, 'moo');

  assert.deepEqual([two.to, two.thread], [['cow'], one.id]);
  assert.deepEqual(ids(await list('with=cow', cow)), [one.id, two.id]);
  for (const stream of [phone, desk]) {
    assert.deepEqual(
      (await stream.take(3)).map(({ message }) => message?.id),
      [one.id, two.id, last.id],
    );
  }
  for (const stream of [other, nobody]) assert.equal((await stream.next()).message?.id, last.id);
  for (const stream of [phone, desk, other, nobody]) stream.cut();
});

test('what is counted makes no event, and takes no seq', async () => {
  const first = await api.say(kitten, 'first');
  const stream = await openStream(url);
  await stream.cursor();
  const reply = await api.say(dog, { text: 'reply', replyTo: first.id });
  await api.delete(`/message/${reply.id}`, { as: dog });
  const last = await api.say(dog, 'last');

  const events = await stream.take(3);
  assert.deepEqual(
    events.map(({ type, message }) => [type, message?.id]),
    [
      ['message', reply.id],
      ['delete', reply.id],
      ['message', last.id],
    ],
  );
  assert.deepEqual([(await read(first.id)).seq, last.id], [first.seq, reply.id + 2]);
  stream.cut();
});

test('replies of people who do not see each other’s private threads are not mixed up in counts', async () => {
  const first = await api.say(kitten, { text: 'x', to: ['dog'], topics: ['quiet'] });
  await api.say(dog, { text: 'y', replyTo: first.id });
  const topics = (await api.get<{ topic: string }[]>('/topics', { as: dog })).body;
  assert.deepEqual(
    topics.filter(({ topic }) => topic === 'quiet'),
    [],
  );
  assert.deepEqual(ids(await list(`thread=${first.id}`, cow)), []);
  assert.deepEqual(ids(await list(`replyTo=${first.id}`, cow)), []);
});

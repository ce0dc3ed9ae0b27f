import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, BoardError, type Client, type Message, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { Random } from './support/random.ts';

/**
 * Writes that come in one turn of the event loop are decided one after the other and committed together. What each does
 * must be seen by those behind it, and all of it be counted once.
 */

interface People {
  readonly board: Board;
  readonly kitten: Client;
  readonly dog: Client;
}

async function open(t: TestContext): Promise<People> {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  for (const username of ['kitten', 'dog']) await (await board.welcome({ username })).users.me();
  return { board, kitten: board.as('kitten'), dog: board.as('dog') };
}

/** Starts each write behind the one before, all in one turn of the event loop. */
async function together(...writes: (() => Promise<unknown>)[]): Promise<(string | undefined)[]> {
  const started: Promise<unknown>[] = [];
  for (const write of writes) {
    started.push(write());
    for (let hop = 0; hop < 200; hop += 1) await undefined;
  }
  const ends = await Promise.allSettled(started);
  return ends.map((end) => (end.status === 'rejected' ? codeOf(end.reason) : undefined));
}

function codeOf(error: unknown): string {
  assert.ok(error instanceof BoardError, `${error}`);
  return error.code;
}

/** The ids that the next messages will have. */
async function nextIds(board: Board, count: number): Promise<number[]> {
  const { cursor } = await board.as().messages.list();
  return Array.from({ length: count }, (_, n) => Number.parseInt(cursor, 10) + 1 + n);
}

const codes = (length: number, refused: Record<number, string> = {}) =>
  Array.from({ length }, (_, index) => refused[index]);

test('a post, a reply to it and its deletion leave the reply and the thread', async (t) => {
  const { board, kitten, dog } = await open(t);
  const [first = 0, reply = 0] = await nextIds(board, 2);
  const ends = await together(
    () => kitten.messages.post({ text: 'first', topics: ['cats'] }),
    () => dog.messages.post({ text: 'reply', replyTo: first }),
    () => kitten.messages.delete(first),
  );
  assert.deepEqual(ends, codes(3));

  const [left, ...others] = (await kitten.messages.list({ order: 'active', topic: ['cats'] })).messages;
  assert.deepEqual([left?.id, left?.thread, left?.replyTo, others], [reply, first, first, []]);
  assert.deepEqual([left?.posts, left?.latest?.id], [1, reply]);
  assert.deepEqual(
    (await kitten.topics.list()).topics.map(({ topic, threads, posts }) => [topic, threads, posts]),
    [['cats', 1, 1]],
  );
});

test('a post and the deletion of a reply to it leave no trace of the reply', async (t) => {
  const { board, kitten, dog } = await open(t);
  const [first = 0, reply = 0] = await nextIds(board, 2);
  const ends = await together(
    () => kitten.messages.post({ text: 'first' }),
    () => dog.messages.post({ text: 'reply', replyTo: first, topics: ['dogs'] }),
    () => dog.messages.delete(reply),
  );
  assert.deepEqual(ends, codes(3));

  const { replies, posts, latest } = await kitten.messages.get(first);
  assert.deepEqual([replies, posts, latest?.id], [0, 1, first]);
  assert.deepEqual(
    (await kitten.topics.list()).topics.filter((topic) => topic.posts > 0),
    [],
  );
});

test('what is posted and deleted at once was never there', async (t) => {
  const { board, kitten } = await open(t);
  const { cursor } = await kitten.messages.list();
  const [first = 0] = await nextIds(board, 1);
  const ends = await together(
    () => kitten.messages.post({ text: 'x', topics: ['cats'], to: ['dog'] }),
    () => kitten.messages.delete(first),
    () => kitten.messages.edit(first, { text: 'y' }),
    () => kitten.messages.delete(first),
    () => kitten.messages.post({ text: 'z', replyTo: first }),
  );
  assert.deepEqual(ends, codes(5, { 2: 'not-found', 3: 'not-found', 4: 'bad-input' }));
  assert.deepEqual((await kitten.messages.list()).messages, []);
  assert.deepEqual((await kitten.poll({ cursor })).events, []);
});

test('an edit behind a post, and another behind that, are the message’s last text and seq', async (t) => {
  const { board, kitten } = await open(t);
  const [id = 0] = await nextIds(board, 1);
  const ends = await together(
    () => kitten.messages.post({ text: 'one' }),
    () => kitten.messages.edit(id, { text: 'two' }, { ifMatch: [id] }),
    () => kitten.messages.edit(id, { text: 'three' }, { ifMatch: [id] }),
    () => kitten.messages.edit(id, { text: 'four' }, { ifMatch: [id + 1] }),
  );
  assert.deepEqual(ends, codes(4, { 2: 'precondition-failed' }));
  const { text, seq } = await kitten.messages.get(id);
  assert.deepEqual([text, seq], ['four', id + 2]);
});

test('two who write to each other at once are in one conversation', async (t) => {
  const { kitten, dog } = await open(t);
  const both = await Promise.all([
    kitten.messages.post({ text: 'hi', to: ['dog'] }),
    dog.messages.post({ text: 'hi', to: ['kitten'] }),
  ]);
  const first = Math.min(...both.map(({ id }) => id));
  assert.deepEqual(
    both.map(({ thread }) => thread),
    [first, first],
  );
  assert.equal((await kitten.messages.get(first)).posts, 2);
});

test('a reply behind the deletion of what it answers is refused', async (t) => {
  const { kitten, dog } = await open(t);
  const { id } = await kitten.messages.post({ text: 'first' });
  const ends = await together(
    () => kitten.messages.delete(id),
    () => dog.messages.post({ text: 'reply', replyTo: id }),
  );
  assert.deepEqual(ends, codes(2, { 1: 'bad-input' }));
});

test('a reply and the deletion of the latest before it leave the reply the latest', async (t) => {
  const { kitten, dog } = await open(t);
  const first = await kitten.messages.post({ text: 'first' });
  const before = await dog.messages.post({ text: 'before', replyTo: first.id });
  const ends = await together(
    () => kitten.messages.post({ text: 'behind', replyTo: first.id }),
    () => dog.messages.delete(before.id),
  );
  assert.deepEqual(ends, codes(2));
  const { replies, posts, latest } = await kitten.messages.get(first.id);
  assert.deepEqual([replies, posts, latest?.text], [1, 2, 'behind']);
});

test('a refused bulk among others leaves nothing, and its neighbours are committed', async (t) => {
  const { kitten, dog } = await open(t);
  const ends = await together(
    () => kitten.messages.post({ text: 'one' }),
    () =>
      dog.messages.postMany([
        { text: 'two', topics: ['dogs'] },
        { text: 'three', replyTo: 999 },
      ]),
    () => kitten.messages.post({ text: 'four' }),
  );
  assert.deepEqual(ends, codes(3, { 1: 'bad-input' }));
  const { messages } = await kitten.messages.list();
  assert.deepEqual(
    messages.map(({ id, text }) => [id, text]),
    [
      [1, 'one'],
      [2, 'four'],
    ],
  );
});

for (const seed of [1, 2, 3, 4]) {
  test(`after many writes in batches all counts are right (seed ${seed})`, async (t) => {
    const { board, kitten, dog } = await open(t);
    const random = new Random(seed);
    for (let turn = 0; turn < 12; turn += 1) {
      const [head = 1] = await nextIds(board, 1);
      const writes = Array.from({ length: 25 }, () => anyWrite(random, random.chance(0.5) ? kitten : dog, head + 15));
      await together(...writes);
    }
    for (const client of [kitten, dog]) await assertCounted(client);
  });
}

function anyWrite(random: Random, { messages }: Client, most: number): () => Promise<unknown> {
  const id = 1 + random.below(most);
  const topics = ['a', 'b', 'c'].filter(() => random.chance(1 / 3));
  const text = `${random.below(3)}`;
  const to = random.chance(1 / 3) ? { to: [random.chance(0.5) ? 'kitten' : 'dog'] } : {};
  const writes = [
    () => messages.post({ text: 'x', topics, ...to }),
    () =>
      messages.postMany([
        { text: 'x', topics, ...to },
        { text: 'y', ...to },
      ]),
    () => messages.post({ text: 'x', topics, replyTo: id }),
    () => messages.post({ text: 'x', replyTo: id }),
    () => messages.edit(id, { text }),
    () => messages.delete(id),
  ];
  return random.pick(writes) ?? (() => messages.delete(id));
}

/** Compares what is counted with a count of all that `client` sees. */
async function assertCounted(client: Client): Promise<void> {
  const all = await everything(client);
  assert.ok(all.length > 50, `only ${all.length} messages are left to count`);
  const threads = Map.groupBy(all, ({ thread }) => thread);

  for (const message of all) {
    const single = await client.messages.get(message.id);
    const inThread = threads.get(message.thread) ?? [];
    assert.equal(single.replies, all.filter(({ replyTo }) => replyTo === message.id).length);
    const wanted = message.id === message.thread ? [inThread.length, inThread.at(-1)?.id] : [null, undefined];
    assert.deepEqual([single.posts, single.latest?.id], wanted);
  }
  const active = (await client.messages.list({ order: 'active', limit: 100 })).messages;
  const byActivity = [...threads.values()].sort((left, right) => (right.at(-1)?.id ?? 0) - (left.at(-1)?.id ?? 0));
  assert.deepEqual(
    active.map(({ id, posts, latest }) => [id, posts, latest?.id]),
    byActivity.slice(0, 100).map((thread) => [thread[0]?.id, thread.length, thread.at(-1)?.id]),
  );
  const open = all.filter(({ to }) => to.length === 0);
  const topics = (await client.topics.list()).topics.filter(({ posts }) => posts > 0);
  assert.deepEqual(
    topics.map(({ topic, posts, latest }) => [topic, posts, latest?.id]),
    ['a', 'b', 'c'].flatMap((topic) => {
      const posts = open.filter((message) => message.topics.includes(topic));
      return posts.length === 0 ? [] : [[topic, posts.length, posts.at(-1)?.id]];
    }),
  );
}

async function everything({ messages }: Client): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const page = (await messages.list({ after: all.at(-1)?.id ?? 0, limit: 100 })).messages;
    if (page.length === 0) return all;
    all.push(...page);
  }
}

test('a batch takes a thousand messages, ten thousand may wait, and one more is told to come back', async (t) => {
  const batches: number[] = [];
  const board = await openBoard('sqlite::memory:', {
    onMeasure: (measure) => {
      if (measure.kind === 'commit') batches.push(measure.writes);
    },
  });
  atEnd(t, () => board.close());
  await board.asOperator().users.create({ username: 'kitten' });
  const kitten = board.as('kitten');
  const head = Number.parseInt((await kitten.messages.list()).cursor, 10);
  batches.length = 0;

  const writes = Array.from({ length: 10_001 }, (_, n) => kitten.messages.post({ text: `${n}` }));
  const refused = (await Promise.allSettled(writes)).flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  assert.deepEqual(
    refused.map((error: BoardError) => [error.code, error.retryAfter]),
    [['unavailable', 1]],
  );
  assert.deepEqual(batches, Array(10).fill(1000));
  assert.equal(Number.parseInt((await kitten.messages.list()).cursor, 10), head + 10_000);
  await kitten.messages.post({ text: 'There is room again.' });
});

test('64 MiB may wait, and what comes then is told to come back', async (t) => {
  const { kitten } = await open(t);
  const bulk = Array.from({ length: 100 }, () => ({ text: 'x'.repeat(10_000) }));
  const writes = Array.from({ length: 80 }, () => kitten.messages.postMany(bulk));
  const ends = (await Promise.allSettled(writes)).map((end) =>
    end.status === 'rejected' ? codeOf(end.reason) : 'done',
  );
  assert.deepEqual(new Set(ends), new Set(['done', 'unavailable']));
  assert.ok(ends.filter((end) => end === 'done').length > 60, ends.join(' '));
});

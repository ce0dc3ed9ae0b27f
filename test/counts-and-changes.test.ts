/** What a board counts, and what it tells whoever was away. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Client, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';

async function kittenOf(t: TestContext): Promise<Client> {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  await (await board.welcome({ username: 'kitten' })).users.me();
  return board.as('kitten');
}

test('whoever was away for more changes than one page has is told of each once, in order, and of what is new', async (t) => {
  const kitten = await kittenOf(t);
  const posted = await kitten.messages.postMany(Array.from({ length: 450 }, (_, n) => ({ text: `${n}` })));
  const { cursor } = await kitten.messages.list();
  await Promise.all(posted.map(({ id }) => kitten.messages.edit(id, { text: `edited ${id}` })));
  const last = await kitten.messages.post({ text: 'new' });

  const told: (string | undefined)[] = [];
  for (let at = cursor; ; ) {
    const { events, cursor: next } = await kitten.poll({ cursor: at, limit: 1000 });
    if (events.length === 0) break;
    told.push(...events.map(({ type, message }) => (message && 'text' in message ? message.text : type)));
    at = next;
  }
  assert.deepEqual(told.slice(0, -1).sort(), posted.map(({ id }) => `edited ${id}`).sort());
  assert.equal(told.at(-1), last.text);
});

test('topics that begin with a word go on behind that word itself, and end where it ends', async (t) => {
  const kitten = await kittenOf(t);
  const all = ['ca', 'cat', 'cat a', 'cats', 'cau'];
  await kitten.messages.post({ text: 'x', topics: all });
  const names = async (query: object) =>
    (await kitten.topics.list({ order: 'name', ...query })).topics.map(({ topic }) => topic);

  assert.deepEqual(await names({}), all);
  assert.deepEqual(await names({ prefix: 'cat' }), ['cat', 'cat a', 'cats']);
  assert.deepEqual(await names({ prefix: 'cat', after: 'cat' }), ['cat a', 'cats']);
  assert.deepEqual(await names({ prefix: 'cat', after: 'ca' }), ['cat', 'cat a', 'cats']);
  assert.deepEqual(await names({ prefix: 'cat', after: 'cat a', before: 'cats' }), []);
  assert.deepEqual(await names({ prefix: 'cat', before: 'cau' }), ['cat', 'cat a', 'cats']);
  assert.deepEqual(await names({ prefix: 'cat', before: 'zebra' }), ['cat', 'cat a', 'cats']);
});

test('a topic counts its threads and posts, whichever of them are answers or deleted, and has its latest', async (t) => {
  const kitten = await kittenOf(t);
  const post = (replyTo: number | null, topics: string[]) =>
    kitten.messages.post({ text: 'x', topics, ...(replyTo !== null && { replyTo }) });
  const counted = async () => {
    const { topics } = await kitten.topics.list({ order: 'active' });
    return topics.map(({ topic, threads, posts, latest }) => [topic, threads, posts, latest.id]);
  };
  const first = await post(null, ['cats']);
  const answer = await post(first.id, []);
  const second = await post(null, ['cats', 'dogs']);
  assert.deepEqual((await counted()).sort(), [
    ['cats', 2, 3, second.id],
    ['dogs', 1, 1, second.id],
  ]);

  const later = await post(answer.id, []);
  await kitten.messages.delete(first.id);
  assert.deepEqual(await counted(), [
    ['cats', 2, 3, later.id],
    ['dogs', 1, 1, second.id],
  ]);
  await kitten.messages.delete(later.id);
  await kitten.messages.delete(answer.id);
  assert.deepEqual((await counted()).sort(), [
    ['cats', 1, 1, second.id],
    ['dogs', 1, 1, second.id],
  ]);
  await kitten.messages.delete(second.id);
  assert.deepEqual(await counted(), []);

  const anew = await post(null, ['cats']);
  assert.deepEqual(await counted(), [['cats', 1, 1, anew.id]]);
});

test('threads stand by their latest message between two marks, those private to somebody among them', async (t) => {
  const kitten = await kittenOf(t);
  const begun: number[] = [];
  for (let n = 0; n < 8; n += 1) {
    const to = n % 2 === 0 ? [] : ['kitten'];
    begun.push((await kitten.messages.post({ text: `${n}`, topics: [`topic ${n}`, 'all'], to })).id);
  }
  const [one = 0, two = 0] = begun;
  const answers = [two, one].map(async (replyTo) => (await kitten.messages.post({ text: 'answer', replyTo })).id);
  const latest = [...begun.slice(2), ...(await Promise.all(answers))];
  const listed = async (query: object) => {
    const { messages } = await kitten.messages.list({ order: 'active', ...query });
    return messages.map((message) => message.latest?.id);
  };
  const ends = { after: latest[1], before: latest[6] };
  for (const query of [{}, { topic: ['all'] }, { user: ['kitten'] }, { topic: ['all'], user: ['kitten'] }]) {
    assert.deepEqual(await listed(query), latest.toReversed());
    assert.deepEqual(await listed({ ...query, ...ends }), latest.slice(2, 6).toReversed());
    assert.deepEqual(await listed({ ...query, ...ends, visibility: 'private' }), [begun[7], begun[5]]);
    assert.deepEqual(await listed({ ...query, ...ends, visibility: 'public' }), [begun[6], begun[4]]);
    assert.deepEqual(await listed({ ...query, replyTo: 'none', limit: 2, offset: 1 }), latest.slice(5, 7).toReversed());
  }
});

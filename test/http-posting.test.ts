import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message, MessageDraft } from '../src/model/message.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const dog = await api.signUp('dog');
const cow = await api.signUp('cow');
const dogId = (await api.get<{ id: number }>('/user/dog')).body.id;

const read = async (id: number, as = kitten) => (await api.get<Message>(`/message/${id}`, { as })).body;

test('Location is a relative reference to what was made', async () => {
  const message = await api.post<Message>('/message', { text: 'here' }, { as: kitten });
  const user = await api.post<{ id: number }>('/user', { username: 'new_one', password: 'yarn' });
  for (const [path, answer] of [
    ['/message', message],
    ['/user', user],
  ] as const) {
    const location = answer.headers.get('location') ?? '';
    assert.doesNotMatch(location, /^$|^[a-z]+:|^\/\//);
    const found = await fetch(new URL(location, url + path));
    assert.equal(((await found.json()) as { id: number }).id, answer.body.id);
  }
});

for (const [name, draft] of [
  ['one character', { text: 'x' }],
  ['10,000 code points, each of two UTF-16 units', { text: '🐈'.repeat(10_000) }],
  ['white space alone', { text: ' \n\t ' }],
  ['CR, LF, U+2028, U+2029, U+0085 and U+FEFF', { text: 'a\rb\nc\r\nd\u2028e\u2029f\u0085g\uFEFF\n\n' }],
  ['U+FEFF at the beginning', { text: '\uFEFFa' }],
  ['what looks like HTML, SQL and an event', { text: `<script>'); DROP TABLE users; --\n\nid: 1\nevent: delete` }],
  ['letters in two normal forms', { text: 'é e\u0301 Å Å' }],
  ['topics', { text: 'x', topics: ['cats', 'Cats', 'cäts', 'ca\u0308ts', ' cats ', '@dog', '#1'] }],
  [
    '10 topics of 100 code points',
    { text: 'x', topics: Array.from({ length: 10 }, (_, n) => `${n}${'🐈'.repeat(99)}`) },
  ],
  ['data', { text: 'x', data: { n: 1.5, yes: true, no: null, deep: [{ a: ['b'] }], ключ: 'значение' } }],
  ['empty data', { text: 'x', data: {} }],
  ['data with a NUL, which JSON escapes', { text: 'x', data: { nul: 'a\0b', 'k\0ey': 1 } }],
  ['data 16 deep', { text: 'x', data: deep(16) }],
  ['data of 4 KiB', { text: 'x', data: { a: 'x'.repeat(4096 - 8) } }],
  ['data with the fields of prototypes that are harmless', { text: 'x', data: { constructor: 1, toString: 'x' } }],
] as const satisfies [string, MessageDraft][]) {
  const isDropped = process.env['MSGBOARD_TEST_DATABASE'] === 'pglite' && name === 'U+FEFF at the beginning';
  test(`${name} comes back as it was sent`, { skip: isDropped && 'PGlite drops it' }, async () => {
    const { id } = await api.say(kitten, draft);
    const message = await read(id);
    assert.deepEqual(pick(message, Object.keys(draft)), draft);
  });
}

test('a reply joins the thread of what it answers', async () => {
  const first = await api.say(kitten, 'Who likes cats?');
  const reply = await api.say(dog, { text: 'I do not.', replyTo: first.id });
  const answer = await api.say(cow, { text: 'Why?', replyTo: reply.id });

  assert.deepEqual([first.replyTo, first.thread], [null, first.id]);
  assert.deepEqual([reply.replyTo, reply.thread], [first.id, first.id]);
  assert.deepEqual([answer.replyTo, answer.thread], [reply.id, first.id]);
  assert.deepEqual([(await read(first.id)).replies, (await read(reply.id)).replies], [1, 1]);
});

test('the first message of a thread, read alone, tells of the thread', async () => {
  const first = await api.say(kitten, 'Who likes cats?');
  const reply = await api.say(dog, { text: '🐕'.repeat(300), replyTo: first.id });
  const { posts, latest } = await read(first.id);

  assert.equal(posts, 2);
  assert.deepEqual(latest, { id: reply.id, text: '🐕'.repeat(200), user: reply.user, created: reply.created });
  assert.deepEqual(pick(await read(reply.id), ['posts', 'latest']), { posts: null, latest: null });
  const listed = (await api.get<Message[]>(`/messages?after=${first.id - 1}&limit=1`)).body[0];
  assert.deepEqual([listed?.id, listed?.posts, listed?.latest], [first.id, null, null]);
});

test('deleting a message leaves its replies, and counts them no more', async () => {
  const first = await api.say(kitten, 'Who likes cats?');
  const reply = await api.say(dog, { text: 'I do not.', replyTo: first.id });
  const answer = await api.say(cow, { text: 'Why?', replyTo: reply.id });
  await api.delete(`/message/${reply.id}`, { as: dog });

  assert.deepEqual(pick(await read(first.id), ['replies', 'posts']), { replies: 0, posts: 2 });
  assert.deepEqual(pick(await read(answer.id), ['replyTo', 'thread']), { replyTo: reply.id, thread: first.id });
});

test("a reply carries its thread's topics and its own", async () => {
  const first = await api.say(kitten, { text: 'x', topics: ['cats', 'pets'] });
  const reply = await api.say(dog, { text: 'x', replyTo: first.id, topics: ['dogs', 'pets'] });
  const answer = await api.say(cow, { text: 'x', replyTo: reply.id });

  assert.deepEqual([...reply.topics].sort(), ['cats', 'dogs', 'pets']);
  assert.deepEqual([...answer.topics].sort(), ['cats', 'pets']);
});

test('a reply to what is not there is refused', async () => {
  const { id } = await api.say(kitten, 'x');
  await api.delete(`/message/${id}`, { as: kitten });
  for (const replyTo of [id, 999_999]) {
    assertProblem(await api.post('/message', { text: 'x', replyTo }, { as: kitten }), [400, 404]);
  }
});

test('a message to people is theirs and its author’s alone', async () => {
  const { id } = await api.say(kitten, { text: 'psst', to: ['Dog'] });
  for (const as of [kitten, dog]) {
    assert.equal((await api.get(`/message/${id}`, { as })).status, 200);
    assert.ok((await api.get<Message[]>('/messages?order=desc', { as })).body.some((message) => message.id === id));
  }
  for (const as of [cow, undefined]) {
    const [hidden, absent] = [await api.get(`/message/${id}`, { as }), await api.get('/message/999999', { as })];
    assertProblem(hidden, 404);
    assert.equal(hidden.text.replaceAll(`${id}`, 'ID'), absent.text.replaceAll('999999', 'ID'));
    assert.ok(!(await api.get<Message[]>('/messages?order=desc', { as })).body.some((message) => message.id === id));
  }
});

test('others can do with a private message what they can do with one that does not exist', async () => {
  const { id } = await api.say(kitten, { text: 'psst', to: ['dog'] });
  const ways = (path: string) => [
    api.put(path, { text: 'x' }, { as: cow }),
    api.put(path, { text: 'x' }, { as: cow, headers: { 'if-match': '"0"' } }),
    api.delete(path, { as: cow }),
    api.delete(path, { as: cow, headers: { 'if-match': `"${id}"` } }),
  ];
  const reply = (replyTo: number) => api.post('/message', { text: 'x', replyTo }, { as: cow });
  const hidden = await Promise.all([...ways(`/message/${id}`), reply(id)]);
  const absent = await Promise.all([...ways('/message/999999'), reply(999_999)]);

  assert.deepEqual(
    hidden.map(({ status, text }) => [status, text.replaceAll(`${id}`, 'ID')]),
    absent.map(({ status, text }) => [status, text.replaceAll('999999', 'ID')]),
  );
});

test('people are given as names or ids, and shown as names', async () => {
  const { to } = await api.say(kitten, { text: 'psst', to: [dogId, 'COW', 'dog'] });
  assert.deepEqual([...to].sort(), ['cow', 'dog']);
});

test('a note to oneself is for oneself alone', async () => {
  const { id, to } = await api.say(cow, { text: 'milk', to: ['cow'] });
  assert.deepEqual(to, ['cow']);
  assert.equal((await api.get(`/message/${id}`, { as: cow })).status, 200);
  assertProblem(await api.get(`/message/${id}`, { as: dog }), 404);
});

test('private messages among the same people with the same topics are one thread', async () => {
  const first = await api.say(kitten, { text: '1', to: ['cow'], topics: ['milk'] });
  const second = await api.say(cow, { text: '2', to: ['kitten'], topics: ['milk'] });
  const other = await api.say(kitten, { text: '3', to: ['cow'], topics: ['cheese'] });
  const three = await api.say(kitten, { text: '4', to: ['cow', 'dog'], topics: ['milk'] });

  assert.deepEqual([second.thread, second.replyTo], [first.thread, null]);
  assert.equal(new Set([first.thread, other.thread, three.thread]).size, 3);
});

test('a reply has the audience of its thread, and no other', async () => {
  const first = await api.say(kitten, { text: 'psst', to: ['dog'] });
  const reply = await api.say(dog, { text: 'what?', replyTo: first.id });
  const open = await api.say(kitten, 'hello');

  assert.deepEqual([...new Set([...reply.to, 'dog'])].sort(), ['dog', 'kitten']);
  assertProblem(await api.get(`/message/${reply.id}`, { as: cow }), 404);
  assertProblem(await api.post('/message', { text: 'x', replyTo: first.id, to: ['cow'] }, { as: dog }), 400, 'to');
  assertProblem(await api.post('/message', { text: 'x', replyTo: open.id, to: ['cow'] }, { as: dog }), 400, 'to');
});

/** An object with others inside, `levels` in all. */
function deep(levels: number): Record<string, unknown> {
  return levels === 1 ? {} : { a: deep(levels - 1) };
}

function pick(message: Message, fields: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message).filter(([field]) => fields.includes(field)));
}

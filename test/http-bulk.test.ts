import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import type { Message, MessageDraft } from '../src/model/message.ts';
import { type Answer, basic } from './support/api.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
await api.signUp('dog');
const cow = await api.signUp('cow');

function postLines(lines: string, headers: Record<string, string> = {}): Promise<Answer<Message[]>> {
  return api.call('POST', '/messages', {
    as: kitten,
    raw: lines,
    headers: { 'content-type': 'application/x-ndjson', ...headers },
  });
}

const texts = (messages: readonly Message[]) => messages.map(({ text }) => text);

test('an array of messages is posted in its order, each with the next id', async () => {
  const first = await api.say(kitten, 'Who likes cats?');
  const drafts: MessageDraft[] = [
    { text: 'one', topics: ['cats'], data: { mood: 'happy' } },
    { text: 'two', replyTo: first.id },
    { text: 'three', to: ['dog'] },
  ];
  const messages = await api.sayAll(kitten, drafts);

  assert.deepEqual(texts(messages), ['one', 'two', 'three']);
  assert.deepEqual(
    messages.map(({ id }) => id),
    [first.id + 1, first.id + 2, first.id + 3],
  );
  for (const message of messages) {
    const read = (await api.get<Message>(`/message/${message.id}`, { as: kitten })).body;
    assert.deepEqual({ ...read, posts: null, latest: null }, message);
  }
  assert.deepEqual(
    messages.map(({ thread }) => thread),
    [first.id + 1, first.id, first.id + 3],
  );
});

for (const [name, lines] of [
  ['with a last line break', '{"text": "one"}\n{"text": "two"}\n'],
  ['without one', '{"text": "one"}\n{"text": "two"}'],
  ['with line breaks of Windows', '{"text": "one"}\r\n{"text": "two"}\r\n'],
] as const) {
  test(`a message a line is posted, ${name}`, async () => {
    const { status, body } = await postLines(lines);
    assert.deepEqual([status, texts(body)], [201, ['one', 'two']]);
  });
}

const fine = { text: 'fine' };

for (const [name, drafts, path] of [
  ['without text', [fine, fine, {}], '2.text'],
  ['with a field that is not known', [fine, { ...fine, colour: 'red' }], '1.colour'],
  ['that is no object', [fine, 'text'], '1'],
  ['that answers nothing there', [fine, { ...fine, replyTo: 999_999 }], '1.replyTo'],
  ['for nobody known', [fine, { ...fine, to: ['dog', 'nobody'] }], '1.to.1'],
  ['with too much data', [fine, { ...fine, data: { a: 'x'.repeat(5000) } }], '1.data'],
  ['with too long a text', [{ text: 'x'.repeat(10_001) }, fine], '0.text'],
] as const) {
  test(`a message ${name} is named by its index, and none is posted`, async () => {
    const before = await api.cursor();
    assertProblem(await api.post('/messages', drafts, { as: kitten }), 400, path);
    assert.equal(await api.cursor(), before);
  });
}

test('every message at fault is named, up to ten', async () => {
  const { errors = [] } = assertProblem(await api.post('/messages', new Array(100).fill({}), { as: kitten }), 400);
  assert.deepEqual(
    errors.map(({ path }) => path),
    Array.from({ length: 10 }, (_, index) => `${index}.text`),
  );
});

for (const [name, lines, path] of [
  ['broken JSON', '{"text": "one"}\n{"text": "two"\n{"text": "three"}', '1'],
  ['an empty line', '{"text": "one"}\n\n{"text": "three"}', '1'],
  ['a fault', '{"text": "one"}\n{"text": ""}', '1.text'],
] as const) {
  test(`a line with ${name} is named, and none is posted`, async () => {
    const before = await api.cursor();
    const { detail } = assertProblem(await postLines(lines), 400, path);
    if (path === '1') assert.match(detail, /line 2/);
    assert.equal(await api.cursor(), before);
  });
}

for (const [name, bulk] of [
  ['nothing', []],
  ['more than 1,000 messages', new Array(1001).fill(fine)],
  ['an object', fine],
  ['null', null],
] as const) {
  test(`a bulk of ${name} is 400`, async () => {
    const before = await api.cursor();
    assertProblem(await api.post('/messages', bulk, { as: kitten }), 400, 'body');
    assert.equal(await api.cursor(), before);
  });
}

for (const lines of ['', '\n\n']) {
  test(`lines of nothing (${JSON.stringify(lines)}) are 400`, async () => {
    assertProblem(await postLines(lines), 400);
  });
}

test('more than 1,000 lines are 400, however many there are', async () => {
  assertProblem(await postLines('{"text": "x"}\n'.repeat(1001)), 400, 'body');
  assertProblem(await postLines('1\n'.repeat(4_000_000)), 400, 'body');
});

test('a bulk for too many people and topics at once is 400, and none of it is posted', async () => {
  const before = await api.cursor();
  const topics = Array.from({ length: 10 }, (_, n) => `topic ${n}`);
  const drafts = new Array(1000).fill({ text: 'x', topics, to: ['dog', 'cow'] });
  const { detail } = assertProblem(await api.post('/messages', drafts, { as: kitten }), 400, 'body');
  assert.match(detail, /33000, at most 20000/);
  assert.equal(await api.cursor(), before);
});

test('a bulk needs credentials', async () => {
  assertProblem(await api.post('/messages', [fine]), 401);
});

test('a bulk that is not declared as JSON is 415', async () => {
  const options = { as: kitten, raw: 'text=fine', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  assertProblem(await api.call('POST', '/messages', options), 415);
});

test('a body of more than 16 MiB is 413', async () => {
  const { detail } = assertProblem(await postLines('x'.repeat(16 * 1024 * 1024 + 1)), 413);
  assert.match(detail, /16384 KiB/);
});

for (const [name, many] of [
  ['lists inside one another', '['.repeat(8_000_000).padEnd(16_000_000, ']')],
  ['lists', `[${'[],'.repeat(5_000_000)}[]]`],
  ['numbers', `[${'1,'.repeat(100_000)}1]`],
  ['fields', `[{"text":"x","data":{${Array.from({ length: 100_000 }, (_, n) => `"${n}":0`).join()}}}]`],
  ['lines of fields', '{"a":1,"b":2}\n'.repeat(60_000)],
] as const) {
  test(`a bulk with too many ${name} is 413, before it is parsed`, async () => {
    const before = await api.cursor();
    const type = name.startsWith('lines') ? 'application/x-ndjson' : 'application/json';
    const answer = await api.call('POST', '/messages', { as: kitten, raw: many, headers: { 'content-type': type } });
    assert.match(assertProblem(answer, 413).detail, /more than 100000 values/);
    assert.equal(await api.cursor(), before);
  });
}

test('whatever stands in a text is no value', async () => {
  const text = '[{,\\"'.repeat(1500);
  const drafts = new Array(100).fill({ text, data: { list: new Array(900).fill(1) } });
  assert.deepEqual(texts(await api.sayAll(kitten, drafts)), new Array(100).fill(text));
});

test('one message of more than 64 KiB is 413 where it comes alone', async () => {
  const { detail } = assertProblem(await api.post('/message', { text: 'x'.repeat(70_000) }, { as: kitten }), 413);
  assert.match(detail, /64 KiB/);
});

test('1,000 messages of 10,000 characters are posted at once, and a stream tells them all', async () => {
  const after = (await api.say(kitten, 'before')).id;
  const stream = await openStream(url, '/stream', { format: 'ndjson' });
  await stream.cursor();
  const drafts = Array.from({ length: 1000 }, (_, n) => ({ text: `${n} `.padEnd(10_000, 'x') }));
  const messages = await api.sayAll(kitten, drafts);
  assert.deepEqual(texts(messages), texts(drafts as Message[]));

  // Such a gush may be more than the stream bears at once; then it resumes.
  let reader = stream;
  const told: string[] = [];
  while (told.length < 1000) {
    const events = await reader.take(1).catch(() => null);
    if (events) told.push(...events.map(({ message }) => (message as Message).text));
    else reader = await openStream(url, '/stream', { format: 'ndjson', headers: resume(reader.lastId) });
  }
  reader.cut();
  assert.deepEqual(told, texts(drafts as Message[]));

  const page = (await api.get<Message[]>(`/messages?after=${after}&limit=1`)).body[0];
  assert.equal(page?.id, after + 1);
});

function resume(lastId: string | undefined): Record<string, string> {
  return lastId === undefined ? {} : { 'last-event-id': lastId };
}

test('messages of a bulk join the conversation that an earlier one of them began', async () => {
  const [first, second, other] = await api.sayAll(kitten, [
    { text: 'one', to: ['cow'], topics: ['a', 'b'] },
    { text: 'two', to: ['cow'], topics: ['b', 'a'] },
    { text: 'three', to: ['cow', 'dog'], topics: ['a', 'b'] },
  ]);
  assert.deepEqual([first?.thread, second?.thread, other?.thread], [first?.id, first?.id, other?.id]);
  const read = await api.get<Message>(`/message/${first?.id}`, { as: cow });
  assert.deepEqual([read.body.posts, read.body.latest?.id], [2, second?.id]);
});

test('replies in a bulk are counted where they answer', async () => {
  const { id } = await api.say(cow, 'Who likes cats?');
  await api.sayAll(
    kitten,
    Array.from({ length: 20 }, (_, n) => ({ text: `${n}`, replyTo: id })),
  );
  const { replies, posts } = (await api.get<Message>(`/message/${id}`)).body;
  assert.deepEqual([replies, posts], [20, 21]);
});

test('a key makes one bulk, and a repeat answers with its messages as they are now', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'bulk' } };
  const drafts = [{ text: 'one' }, { text: 'two' }, { text: 'three', to: ['dog'] }];
  const post = () => api.post<Message[]>('/messages', drafts, options);
  const [first, ...repeats] = await Promise.all(Array.from({ length: 20 }, post));
  assert.ok(first);
  for (const repeat of repeats) assert.deepEqual([repeat.status, repeat.body], [201, first.body]);

  const [one, two, three] = first.body;
  await api.put(`/message/${one?.id}`, { text: 'edited' }, { as: kitten });
  await api.delete(`/message/${two?.id}`, { as: kitten });
  assert.deepEqual(texts((await post()).body), ['edited', 'three']);

  for (const message of [one, three]) await api.delete(`/message/${message?.id}`, { as: kitten });
  assertProblem(await post(), 404);
});

for (const [name, other] of [
  ['another message', [{ text: 'one' }, { text: 'three' }]],
  ['one more', [{ text: 'one' }, { text: 'two' }, { text: 'two' }]],
  ['another order', [{ text: 'two' }, { text: 'one' }]],
] as const) {
  test(`a key that comes again with ${name} is 422`, async () => {
    const options = { as: kitten, headers: { 'idempotency-key': `bulk with ${name}` } };
    await api.post('/messages', [{ text: 'one' }, { text: 'two' }], options);
    assertProblem(await api.post('/messages', other, options), 422);
  });
}

test('a key of a single message is not one of a bulk of it', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'single' } };
  await api.post('/message', fine, options);
  assertProblem(await api.post('/messages', [fine], options), 422);
});

test('bulks that would take more memory than is set aside are told to come back', async () => {
  const { host, hostname, port } = new URL(url);
  const head = `POST /messages HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${basic(kitten)}\r\nContent-Type: application/json\r\nContent-Length: 16000000\r\n\r\n[`;
  const open = () =>
    connect(Number(port), hostname)
      .setEncoding('latin1')
      .on('error', () => {});
  const sockets = [open(), open(), open()];
  const refused = Promise.race(
    sockets.map((socket) => new Promise<string>((resolve) => socket.on('data', (chunk) => resolve(`${chunk}`)))),
  );
  for (const socket of sockets) socket.write(head);
  assert.match(await refused, /^HTTP\/1.1 503 .*retry-after: 1/is);
  assert.equal((await api.post('/message', fine, { as: kitten })).status, 201);
  for (const socket of sockets) socket.destroy();
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { sendExactly } from './support/exact.ts';
import { links } from './support/links.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const messages = await api.sayMany(kitten, 45);
// Two are missing in the middle, so that ids and places in the list differ.
for (const n of [12, 13]) await api.delete(`/message/${messages[n - 1]?.id}`, { as: kitten });

const ids = Object.fromEntries(messages.map(({ id, text }) => [text, id]));
const head = messages.at(-1)?.id ?? 0;

/** `from` to `to`, each included, without what was deleted. */
function range(from: number, to: number): string[] {
  const step = from <= to ? 1 : -1;
  const numbers = Array.from({ length: Math.abs(to - from) + 1 }, (_, n) => from + n * step);
  return numbers.filter((n) => n !== 12 && n !== 13).map(String);
}

const texts = (answer: { body: Message[] }) => answer.body.map(({ text }) => text);

for (const [name, query, want] of [
  ['gives the first 20, oldest first', '', range(1, 22)],
  ['gives as many as asked for', '?limit=5', range(1, 5)],
  ['gives one', '?limit=1', ['1']],
  ['gives all of up to 100', '?limit=100', range(1, 45)],
  ['leaves out the first ones', '?limit=3&offset=10', ['11', '14', '15']],
  ['counts an offset from the newest in falling order', '?limit=3&offset=2&order=desc', range(43, 41)],
  ['goes on after a message', `?limit=3&after=${ids[10]}`, ['11', '14', '15']],
  ['goes on after a message that was deleted', `?limit=3&after=${ids[12]}`, range(14, 16)],
  ['begins with the first after 0', '?limit=2&after=0', ['1', '2']],
  ['gives the nearest before a message, oldest first', `?limit=3&before=${ids[20]}`, range(17, 19)],
  ['gives the newest first', '?limit=3&order=desc', range(45, 43)],
  ['gives the nearest before a message, newest first', `?limit=3&order=desc&before=${ids[20]}`, range(19, 17)],
  ['gives the nearest after a message, newest first', `?limit=3&order=desc&after=${ids[20]}`, range(23, 21)],
  ['gives what lies between two messages', `?after=${ids[20]}&before=${ids[24]}`, range(21, 23)],
  [
    'gives what lies between two messages, newest first',
    `?order=desc&after=${ids[20]}&before=${ids[24]}`,
    range(23, 21),
  ],
  ['takes the order that is the default too', '?limit=2&order=asc', ['1', '2']],
  ['is empty past the end', '?offset=10000', []],
  ['is empty after the newest', `?after=${head}`, []],
  ['is empty after what is still to come', `?after=${Number.MAX_SAFE_INTEGER}`, []],
  ['is empty before the first', '?before=1', []],
] as const) {
  test(`the list ${name}`, async () => {
    const answer = await api.get<Message[]>(`/messages${query}`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(texts(answer), want);
  });
}

for (const [order, all] of [
  ['asc', range(1, 45)],
  ['desc', range(45, 1)],
] as const) {
  test(`Link leads through the whole board and back, order=${order}`, async () => {
    let path = `/messages?limit=7&order=${order}`;
    let there: string[] = [];
    const pages: string[][] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      path = next;
      const page: { body: Message[]; headers: Headers } = await api.get<Message[]>(path);
      pages.push(texts(page));
      there = [...there, ...texts(page)];
      next = links(page.headers, path)['next'];
    }
    assert.deepEqual(there, all);
    assert.ok(pages.every((page) => page.length > 0 && page.length <= 7));

    const back: string[][] = [];
    for (let prev: string | undefined = path; prev !== undefined; ) {
      const page: { body: Message[]; headers: Headers } = await api.get<Message[]>(prev);
      back.unshift(texts(page));
      prev = links(page.headers, prev)['prev'];
    }
    assert.deepEqual(back.flat(), all);
  });
}

test('Link keeps what was asked for, and leads on from an offset', async () => {
  const page = await api.get<Message[]>('/messages?limit=4&offset=8');
  assert.deepEqual(texts(page), ['9', '10', '11', '14']);
  const { next = '', prev = '' } = links(page.headers, '/messages');

  assert.deepEqual(texts(await api.get<Message[]>(next)), range(15, 18));
  assert.deepEqual(texts(await api.get<Message[]>(prev)), range(5, 8));
});

for (const [order, all] of [
  ['asc', range(8, 29)],
  ['desc', range(29, 8)],
] as const) {
  test(`Link leads no further than between two marks, order=${order}`, async () => {
    const there: string[] = [];
    let path: string | undefined = `/messages?limit=4&after=${ids[7]}&before=${ids[30]}&order=${order}`;
    while (path !== undefined) {
      const page: { body: Message[]; headers: Headers } = await api.get<Message[]>(path);
      there.push(...texts(page));
      path = links(page.headers, path)['next'];
    }
    assert.deepEqual(there, all);
  });
}

test('a page that is alone has no neighbours', async () => {
  assert.deepEqual(links((await api.get('/messages?limit=100')).headers, '/messages'), {});
});

test('a page says where the stream goes on: what comes later comes, what is on it does not', async (t) => {
  const server = await startTestServer(t);
  const dog = await server.api.signUp('dog');
  const first = await server.api.say(dog, 'first');
  const page = await server.api.get<Message[]>('/messages');
  const cursor = page.headers.get('last-event-id') ?? '';
  await server.api.put(`/message/${first.id}`, { text: 'first, edited' }, { as: dog });
  await server.api.say(dog, 'second');
  const reader = await openStream(server.url, '/stream', { headers: { 'last-event-id': cursor } });

  assert.deepEqual(
    (await reader.take(2)).map(({ type, message }) => [type, message && 'text' in message ? message.text : null]),
    [
      ['edit', 'first, edited'],
      ['message', 'second'],
    ],
  );
});

test('an empty page of an empty board has a cursor too', async (t) => {
  const server = await startTestServer(t);
  const page = await server.api.get('/messages');

  assert.deepEqual([page.status, page.body], [200, []]);
  assert.match(page.headers.get('last-event-id') ?? '', /^0/);
});

for (const [name, path, body, want] of [
  ['strings, as HTTPie sends limit=10 offset=20', '/messages', { limit: '10', offset: '20' }, range(23, 32)],
  ['numbers, as HTTPie sends limit:=10 offset:=20', '/messages', { limit: 10, offset: 20 }, range(23, 32)],
  ['marks and order', '/messages', { limit: '2', before: String(ids[20]), order: 'desc' }, ['19', '18']],
  ['what the query string leaves open', '/messages?limit=2', { limit: '10', offset: 1 }, ['2', '3']],
  ['nothing', '/messages?limit=2', {}, ['1', '2']],
] as const) {
  test(`a body on GET may ask for ${name}`, async () => {
    const headers = { 'content-type': 'application/json', accept: 'application/json, */*;q=0.5' };
    const answer = await sendExactly<Message[]>(url, { path, headers, body: JSON.stringify(body) });

    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(texts(answer), want);
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/);
  });
}

for (const [name, query, path, told] of [
  ['a limit of 0', 'limit=0', 'limit', /./],
  ['a mark below 0', 'before=-1', 'before', /must be 0 or more/],
  ['a limit above the maximum, which it names', 'limit=101', 'limit', /\b100\b/],
  ['a limit below 0', 'limit=-1', 'limit', /./],
  ['a limit with a fraction', 'limit=1.5', 'limit', /./],
  ['a limit in scientific notation', 'limit=1e1', 'limit', /./],
  ['a limit in hexadecimal', 'limit=0x10', 'limit', /./],
  ['a limit with a space', 'limit=%2010', 'limit', /./],
  ['a limit of nothing', 'limit=', 'limit', /./],
  ['a limit in words', 'limit=ten', 'limit', /./],
  ['two limits', 'limit=1&limit=2', 'limit', /./],
  ['an offset below 0', 'offset=-1', 'offset', /./],
  ['an offset above the maximum, naming after', 'offset=10001', 'offset', /\bafter\b/],
  ['a mark that is no id', 'before=newest', 'before', /./],
  ['a mark with a fraction', 'after=1.5', 'after', /./],
  ['another order', 'order=random', 'order', /./],
  ['a field that it does not know', 'limt=5', 'limt', /./],
  ['a field of prototypes', '__proto__=5', '__proto__', /./],
  ['a field of objects', 'constructor=5', 'constructor', /./],
] as const) {
  test(`the list refuses ${name}`, async () => {
    const problem = assertProblem(await api.get(`/messages?${query}`), 400, path);
    assert.match(JSON.stringify(problem), told);
  });

  test(`the list refuses ${name} in a body too`, async () => {
    const [field = '', value = ''] = query.split('=').map(decodeURIComponent);
    const body = query.includes('&') ? '{"limit":[1,2]}' : `{${JSON.stringify(field)}:${JSON.stringify(value)}}`;
    const headers = { 'content-type': 'application/json' };
    assertProblem(await sendExactly(url, { path: '/messages', headers, body }), 400, path);
  });
}

for (const [name, body, status] of [
  ['broken JSON', '{"limit":', 400],
  ['an array', '[]', 400],
  ['a text', '"limit"', 400],
  ['a limit of true', '{"limit":true}', 400],
  ['a limit of null', '{"limit":null}', 400],
  ['a limit with a fraction', '{"limit":1.5}', 400],
  ['too much', `{"limit":"${'1'.repeat(70_000)}"}`, 413],
] as const) {
  test(`a body on GET of ${name} is ${status}`, async () => {
    const headers = { 'content-type': 'application/json' };
    assertProblem(await sendExactly(url, { path: '/messages', headers, body }), status);
  });
}

test('a form on GET is 415, naming the header to send', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const problem = assertProblem(await sendExactly(url, { path: '/messages', headers, body: 'limit=10' }), 415);
  assert.match(problem.detail, /content-type: *application\/json/i);
});

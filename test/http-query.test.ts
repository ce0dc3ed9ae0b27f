import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import { temporaryDatabase } from './support/database.ts';
import { sendExactly } from './support/exact.ts';
import { makePeople } from './support/people.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const database = await temporaryDatabase(test);
const names = Array.from({ length: 500 }, (_, n) => `person${n}`);
await makePeople(database, names);
const { api, url } = await startTestServer(test, { database });
const kitten = await api.signUp('kitten');
const [first, second] = [await api.say(kitten, { text: 'red', topics: ['red'] }), await api.say(kitten, 'plain')];
await api.say(kitten, { text: 'secret', to: ['person0'] });

const texts = ({ body }: { body: Message[] }) => body.map(({ text }) => text);
const json = { 'content-type': 'application/json' };

for (const [name, query, want] of [
  ['an object without fields asks for everything', {}, ['red', 'plain']],
  ['lists and numbers are JSON', { topic: ['red'], limit: 1 }, ['red']],
  ['a list of one may be a text', { topic: 'red' }, ['red']],
  ['500 people fit', { user: [...names.slice(1), 'kitten'] }, ['red', 'plain']],
  ['of no people there is nothing', { user: [] }, []],
  ['of no topics there is nothing', { topic: [] }, []],
  ['nor by activity', { user: [], order: 'active' }, []],
] as const) {
  test(`QUERY /messages: ${name}`, async () => {
    const answer = await api.call<Message[]>('QUERY', '/messages', { json: query });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(texts(answer), want);
  });
}

test('QUERY is GET with a body: the same page, cursor and Link, and the query string wins', async () => {
  const asked = await api.call<Message[]>('QUERY', '/messages?limit=1', {
    json: { order: 'desc', limit: 2 },
    as: kitten,
  });
  const got = await api.get<Message[]>('/messages?order=desc&limit=1', { as: kitten });
  assert.deepEqual(asked.body, got.body);
  for (const header of ['link', 'last-event-id', 'accept-query', 'content-type'])
    assert.equal(asked.headers.get(header), got.headers.get(header), header);
  assert.equal(got.headers.get('accept-query'), 'application/json');
});

test('QUERY /stream takes the same body', async () => {
  const body = { user: names.slice(1).concat('kitten'), poll: 1, after: `${first.id}` };
  const headers = { accept: 'application/json' };
  const { body: events } = await api.call<StreamEvent[]>('QUERY', '/stream', { json: body, headers });
  assert.deepEqual(
    events.map(({ message }) => message?.id),
    [second.id],
  );
  const nothing = await api.call<StreamEvent[]>('QUERY', '/stream', { json: { ...body, user: [] }, headers });
  assert.deepEqual(nothing.body, []);
});

for (const [name, body, headers, status] of [
  ['no body and no type', undefined, {}, 415],
  ['a body without a type', '{}', {}, 415],
  ['another type', 'limit=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['a body of nothing', '', json, 400],
  ['an array', '[]', json, 400],
  ['broken JSON', '{', json, 400],
  ['a field that it does not know', '{"limt": 1}', json, 400],
  ['501 people', JSON.stringify({ user: [...names, 'kitten'] }), json, 400],
  ['a body above 64 KiB', JSON.stringify({ topic: ['x'.repeat(70_000)] }), json, 413],
] as const) {
  test(`QUERY refuses ${name}`, async () => {
    const request = { method: 'QUERY', path: '/messages', headers, ...(body !== undefined && { body }) };
    assertProblem(await sendExactly(url, request), status);
  });
}

for (const path of ['/messages', '/stream']) {
  test(`a method that ${path} does not have is told that QUERY is one that it has`, async () => {
    const answer = await api.call('PATCH', path);
    assertProblem(answer, 405);
    assert.match(answer.headers.get('allow') ?? '', /\bGET\b.*\bQUERY\b|\bQUERY\b.*\bGET\b/);
  });
}

test('QUERY of anything else is 405', async () => {
  assertProblem(await api.call('QUERY', '/topics', { json: {} }), 405);
});

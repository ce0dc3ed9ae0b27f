import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { StreamEvent } from '../src/model/change.ts';
import { type Answer, parse } from './support/api.ts';
import { passingTime } from './support/passing-time.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const { api, board } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const messages = await api.sayMany(kitten, 5);

const JSON_TYPE = { accept: 'application/json' };

function textsOf(events: readonly StreamEvent[]): unknown[] {
  return events.map(({ message }) => message && 'text' in message && message.text);
}

function cursorOf(answer: Answer<unknown>): string {
  const cursor = answer.headers.get('last-event-id');
  assert.ok(cursor, 'a poll says where to go on');
  return cursor;
}

function eventsOfSse(text: string): { type: string; message: unknown }[] {
  const events: { type: string; message: unknown }[] = [];
  createParser({ onEvent: ({ event, data }) => events.push({ type: event ?? 'message', message: parse(data) }) }).feed(
    text,
  );
  return events;
}

function eventsOfLines(text: string): { type: string; message: unknown }[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => parse(line) as StreamEvent).filter(({ type }) => type !== 'idle');
}

test('a program that polls as fast as it can waits for no crowd', async (t) => {
  passingTime(t.mock);
  let polls = 0;
  const polling = (async () => {
    while (polls < 30) {
      await board.as().poll({ cursor: '0' });
      polls += 1;
    }
  })();
  // However long a server takes to answer: what is waited for by a timer never comes.
  for (const end = Date.now() + 10_000; polls < 30 && Date.now() < end; ) await nextTurn();
  assert.equal(polls, 30);
  await polling;
});

test('a poll answers what there is since a cursor, and ends', async () => {
  const answer = await api.get<StreamEvent[]>('/stream?poll=1&after=0', { headers: JSON_TYPE });

  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(
    answer.body.map(({ type, message }) => [type, message && 'text' in message && message.text]),
    messages.map(({ text }) => ['message', text]),
  );
  assert.ok(answer.body.every(({ cursor }) => typeof cursor === 'string' && cursor !== ''));
  assert.equal(cursorOf(answer), await api.cursor());
});

for (const [type, accept, read] of [
  ['text/event-stream', 'text/event-stream', eventsOfSse],
  ['application/x-ndjson', 'application/x-ndjson', eventsOfLines],
] as const) {
  test(`a poll answers as ${type} too`, async () => {
    const answer = await api.get('/stream?poll=1&after=0', { headers: { accept } });

    assert.match(answer.headers.get('content-type') ?? '', new RegExp(`^${type}`));
    assert.deepEqual(
      read(answer.text).map(({ message }) => (message as { text: string }).text),
      messages.map(({ text }) => text),
    );
    assert.equal(cursorOf(answer), await api.cursor());
  });
}

test('a poll is cut at its limit and goes on by its cursor', async () => {
  let cursor = '0';
  const pages: unknown[][] = [];
  for (let page: StreamEvent[] = [], n = 0; n === 0 || page.length > 0; n++) {
    const answer = await api.get<StreamEvent[]>(`/stream?poll=1&limit=2&after=${cursor}`, { headers: JSON_TYPE });
    page = answer.body;
    cursor = cursorOf(answer);
    pages.push(textsOf(page));
  }
  assert.deepEqual(pages, [['1', '2'], ['3', '4'], ['5'], []]);
});

test('a poll goes on from the cursor of any event of the last', async () => {
  const first = await api.get<StreamEvent[]>('/stream?poll=1&after=0', { headers: JSON_TYPE });
  const headers = { ...JSON_TYPE, 'last-event-id': first.body[2]?.cursor ?? '' };

  assert.deepEqual(textsOf((await api.get<StreamEvent[]>('/stream?poll=1', { headers })).body), ['4', '5']);
});

test('a poll of nothing is empty and has a cursor', async () => {
  const cursor = await api.cursor();
  for (const path of [`/stream?poll=1&after=${cursor}`, '/stream?poll=1']) {
    const answer = await api.get(path, { headers: JSON_TYPE });
    assert.deepEqual([answer.status, answer.body, cursorOf(answer)], [200, [], cursor]);
  }
});

test('a poll with a cursor of no use is told so', async () => {
  const answer = await api.get<StreamEvent[]>('/stream?poll=1&after=999999', { headers: JSON_TYPE });
  const cursor = await api.cursor();

  assert.deepEqual(answer.body, [{ cursor, type: 'reset', reason: 'ahead', message: null }]);
  assert.equal(cursorOf(answer), cursor);
});

test('a poll that waits answers as soon as there is something', async () => {
  const cursor = await api.cursor();
  const waiting = api.get<StreamEvent[]>(`/stream?wait=30&after=${cursor}`, { headers: JSON_TYPE });
  const { text } = await api.say(kitten, 'at last');

  assert.deepEqual(textsOf((await waiting).body), [text]);
  assert.equal(cursorOf(await waiting), await api.cursor());
});

test('a poll that waits answers at once where there is something already', async () => {
  const answer = await api.get<StreamEvent[]>('/stream?wait=60&limit=1&after=0', { headers: JSON_TYPE });
  assert.deepEqual(textsOf(answer.body), ['1']);
});

test('a poll that waited for nothing is empty and has a cursor', async () => {
  const cursor = await api.cursor();
  const answer = await api.get(`/stream?wait=1&after=${cursor}`, { headers: JSON_TYPE });
  assert.deepEqual([answer.status, answer.body, cursorOf(answer)], [200, [], cursor]);
});

test('a server that closes answers those who wait', async (t) => {
  const server = await startTestServer(t);
  const waiting = server.api.get('/stream?wait=60', { headers: JSON_TYPE });
  waiting.catch(() => {});
  // The answer of a later request shows that the earlier one has been taken up.
  await server.api.get('/messages');
  await server.close();

  const answer = await waiting;
  assert.ok(answer.status === 200 || answer.status === 503, answer.text);
});

for (const [name, query, field] of [
  ['a wait above a minute', 'wait=61', 'wait'],
  ['a wait below 0', 'wait=-1', 'wait'],
  ['a limit above 1,000', 'poll=1&limit=1001', 'limit'],
  ['a limit of 0', 'poll=1&limit=0', 'limit'],
] as const) {
  test(`a poll refuses ${name}`, async () => {
    assertProblem(await api.get(`/stream?${query}`, { headers: JSON_TYPE }), 400, field);
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import { sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

/** What matters of events: their type, and the text or the id of the message. */
function told(events: readonly StreamEvent[]): string[] {
  return events.map(
    ({ type, message }) => `${type} ${message === null ? '' : 'text' in message ? message.text : message.id}`,
  );
}

for (const format of ['sse', 'ndjson'] as const) {
  test(`${format}: tells of posts, edits and deletions as they come`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    await api.say(kitten, 'before');
    const reader = await openStream(url, '/stream', { format });
    const posted = await api.say(kitten, { text: 'I love kittens!', topics: ['cats'] });
    const edited = (await api.put<Message>(`/message/${posted.id}`, { text: 'New text!' }, { as: kitten })).body;
    await api.delete(`/message/${posted.id}`, { as: kitten });
    const events = await reader.take(3);

    assert.deepEqual(
      events.map(({ type }) => type),
      ['message', 'edit', 'delete'],
    );
    assert.deepEqual(events[0]?.message, { ...posted, posts: null, latest: null });
    assert.deepEqual(events[1]?.message, { ...edited, posts: null, latest: null });
    assert.deepEqual(events[2]?.message, {
      id: posted.id,
      seq: events[2]?.message?.seq,
      user: { id: posted.user.id, username: 'kitten' },
      topics: ['cats'],
      thread: posted.thread,
      replyTo: null,
      to: [],
    });
    assert.ok((events[2]?.message?.seq ?? 0) > edited.seq);
  });

  test(`${format}: a reader of a quiet board has a cursor at once, and misses nothing by it`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    await api.say(kitten, 'before');
    const reader = await openStream(url, '/stream', { format });
    const cursor = await reader.cursor();
    reader.cut();
    await api.say(kitten, 'meanwhile');
    const again = await openStream(url, '/stream', { format, headers: { 'last-event-id': cursor } });

    assert.deepEqual(told(await again.take(1)), ['message meanwhile']);
    assert.deepEqual(reader.events, []);
  });

  test(`${format}: after=0 is the whole board as it is now, then what comes`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const [first, second] = await api.sayMany(kitten, 3);
    await api.delete(`/message/${second?.id}`, { as: kitten });
    await api.put(`/message/${first?.id}`, { text: '1, edited' }, { as: kitten });
    const reader = await openStream(url, '/stream?after=0', { format });
    assert.deepEqual(told(await reader.take(2)), ['message 1, edited', 'message 3']);

    await api.say(kitten, 'live');
    assert.deepEqual(told(await reader.take(1)), ['message live']);
  });

  test(`${format}: goes on after each event that was seen, as it is now`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const [one, two, three] = await api.sayMany(kitten, 4);
    const reader = await openStream(url, '/stream?after=0', { format });
    const cursors = (await reader.take(4)).map(({ cursor }) => cursor);
    reader.cut();
    await api.put(`/message/${one?.id}`, { text: '1, edited' }, { as: kitten });
    await api.delete(`/message/${two?.id}`, { as: kitten });
    await api.put(`/message/${three?.id}`, { text: '3, edited' }, { as: kitten });

    for (const [cursor, want] of [
      ['0', ['message 1, edited', 'message 3, edited', 'message 4']],
      [cursors[0], ['edit 1, edited', 'message 3, edited', 'message 4']],
      [cursors[1], ['edit 1, edited', `delete ${two?.id}`, 'message 3, edited', 'message 4']],
      [cursors[2], ['edit 1, edited', `delete ${two?.id}`, 'edit 3, edited', 'message 4']],
      [cursors[3], ['edit 1, edited', `delete ${two?.id}`, 'edit 3, edited']],
    ] as const) {
      const again = await openStream(url, `/stream?after=${cursor}`, { format });
      assert.deepEqual(told(await again.take(want.length)), want, `after ${cursor}`);
      again.cut();
    }
  });

  test(`${format}: a reader cut anywhere in its catching up gets each message once as new`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const messages = await api.sayMany(kitten, 12);
    const seen: string[] = [];
    let cursor = '0';
    for (const { id, text } of messages) {
      const reader = await openStream(url, `/stream?after=${cursor}`, {
        format,
        onEvent: (event, self) => {
          if (event.type === 'message') self.cut();
        },
      });
      await reader.ended;
      seen.push(...told(reader.events));
      cursor = reader.lastId ?? '';
      await api.put(`/message/${id}`, { text: `${text}, edited` }, { as: kitten });
    }
    assert.deepEqual(
      seen.filter((line) => line.startsWith('message')),
      messages.map(({ text }) => `message ${text}`),
    );
  });

  for (const [field, value] of [
    ['after', 'cursor'],
    ['lastEventId', 'cursor'],
    ['last_event_id', 'cursor'],
    ['after', 'number'],
  ] as const) {
    test(`${format}: ?${field}= with a ${value} says where to go on`, async (t) => {
      const { api, url } = await startTestServer(t);
      const kitten = await api.signUp('kitten');
      await api.say(kitten, 'one');
      const cursor = await api.cursor();
      await api.say(kitten, 'two');
      const after = value === 'number' ? cursor.replace(/-.*/, '') : encodeURIComponent(cursor);
      const reader = await openStream(url, `/stream?${field}=${after}`, { format });

      assert.deepEqual(told(await reader.take(1)), ['message two']);
    });
  }

  test(`${format}: the header wins over ?after=, as a reconnecting EventSource sends both`, async (t) => {
    const { api, url } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    await api.say(kitten, 'one');
    const cursor = await api.cursor();
    await api.say(kitten, 'two');
    const reader = await openStream(url, '/stream?after=0', { format, headers: { 'last-event-id': cursor } });

    assert.deepEqual(told(await reader.take(1)), ['message two']);
  });

  for (const [reason, cursorOf] of [
    ['ahead', (cursor: string) => cursor.replace(/^\d+/, '999999')],
    ['history', (cursor: string) => cursor.replace(/-.*/, '-zzzz')],
  ] as const) {
    test(`${format}: a cursor of no use (${reason}) is told by a reset, and the stream goes on live`, async (t) => {
      const { api, url } = await startTestServer(t);
      const kitten = await api.signUp('kitten');
      await api.say(kitten, 'before');
      const cursor = await api.cursor();
      const reader = await openStream(url, '/stream', { format, headers: { 'last-event-id': cursorOf(cursor) } });
      const reset = await reader.next();
      assert.deepEqual(reset, { type: 'reset', reason, cursor, message: null });

      await api.say(kitten, 'live');
      assert.deepEqual(told(await reader.take(1)), ['message live']);
    });
  }

  test(`${format}: ends whole when the server closes`, async (t) => {
    const server = await startTestServer(t);
    const readers = await Promise.all([1, 2, 3].map(() => openStream(server.url, '/stream', { format })));
    await Promise.all(readers.map((reader) => reader.cursor()));
    await server.close();

    assert.deepEqual(await Promise.all(readers.map((reader) => reader.ended)), ['end', 'end', 'end']);
  });

  test(`${format}: all text and data arrive as they were sent, and none breaks a frame`, async (t) => {
    const { api, url } = await startTestServer(t);
    const odd = 'a\rb\nc\r\nd\n\ne\u2028f\u2029g\u0085h\uFEFF\u00001:\tid: 1\ndata: x\n\n🐈';
    const text = odd.replace('\0', '');
    const kitten = await api.signUp('kitten', { bio: text });
    const reader = await openStream(url, '/stream?after=0', { format });
    await api.say(kitten, { text, topics: [text.slice(0, 30)], data: { odd, [odd]: [odd] } });
    await api.say(kitten, 'after it');
    const events = await reader.take(2);
    const again = await openStream(url, '/stream?after=0', { format });

    assert.deepEqual(told(events), [`message ${text}`, 'message after it']);
    for (const event of [events[0], await again.next()]) {
      assert.ok(event?.type === 'message');
      const { topics, data, user } = event.message;
      assert.deepEqual([topics, data, user.bio], [[text.slice(0, 30)], { odd, [odd]: [odd] }, text]);
    }
  });

  for (const cursor of ['x', '-1', '1.', '1-', '1.2.3', '1e3', '57 ', "1' OR 1=1", '٣', '9'.repeat(400)]) {
    test(`${format}: a cursor that has not the form of one is 400: ${cursor.slice(0, 20)}`, async (t) => {
      const { api } = await startTestServer(t);
      const accept = format === 'sse' ? 'text/event-stream' : 'application/x-ndjson';
      assertProblem(await api.get(`/stream?after=${encodeURIComponent(cursor)}`, { headers: { accept } }), 400);
    });
  }
}

test('the stream is an event stream that no cache and no proxy holds back', async (t) => {
  const { url } = await startTestServer(t);
  const { headers } = await openStream(url);

  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.match(headers.get('cache-control') ?? '', /no-store/);
  assert.equal(headers.get('x-accel-buffering'), 'no');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('content-encoding'), null);
});

test('curl, which accepts anything, gets an event stream', async (t) => {
  const { url } = await startTestServer(t);
  const { headers } = await openStream(url, '/stream', { headers: { accept: '*/*' } });
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/);
});

test('lines of JSON are of their own type', async (t) => {
  const { url } = await startTestServer(t);
  const { headers } = await openStream(url, '/stream', { format: 'ndjson' });
  assert.match(headers.get('content-type') ?? '', /^application\/x-ndjson/);
});

test('a stream begins with a comment, a cursor without data and how long to wait before coming back', async (t) => {
  const { api, url } = await startTestServer(t);
  const reader = await openStream(url);
  assert.equal(await reader.cursor(), await api.cursor());

  assert.match(reader.raw, /^:/m);
  assert.match(reader.raw, /^retry: ?\d+$/m);
  assert.doesNotMatch(reader.raw, /^data/m);
});

test('HEAD of a stream is its head, and ends', async (t) => {
  const { url } = await startTestServer(t);
  const answer = await sendExactly(url, { method: 'HEAD', path: '/stream', headers: { accept: 'text/event-stream' } });

  assert.deepEqual([answer.status, answer.text], [200, '']);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  // A length would be that of the GET's answer (RFC 9110, 8.6), which has none.
  for (const name of ['content-length', 'transfer-encoding']) assert.equal(answer.headers.get(name), null, name);
});

test('HEAD of a stream that is waited for waits for nothing, and refuses what a GET would', async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  for (const path of ['/stream?wait=60', '/stream?poll=1&after=0']) {
    const headers = { accept: 'application/json' };
    const start = performance.now();
    const head = await sendExactly(url, { method: 'HEAD', path, headers });
    assert.ok(performance.now() - start < 20_000, path);
    const names = ['content-type', 'last-event-id', 'cache-control', 'content-length'];
    const cursor = await api.cursor();
    assert.deepEqual(
      [head.status, ...names.map((name) => head.headers.get(name))],
      [200, 'application/json; charset=utf-8', cursor, 'no-store', null],
    );
    await api.say(kitten, 'I love kittens!');
  }
  for (const query of ['wait=61', 'poll=1&limit=0', 'limit=1', 'after=yesterday', 'user=nobody'])
    assert.equal((await sendExactly(url, { method: 'HEAD', path: `/stream?${query}` })).status, 400, query);
});

test('a field that the stream does not know is refused by name', async (t) => {
  const { api } = await startTestServer(t);
  assertProblem(await api.get('/stream?aftr=0'), 400, 'aftr');
  assertProblem(await api.get('/stream?offset=0'), 400, 'offset');
});

test('what is no cursor is refused by the name that it goes by', async (t) => {
  const { api } = await startTestServer(t);
  for (const field of ['after', 'lastEventId', 'last_event_id'])
    assertProblem(await api.get(`/stream?${field}=yesterday`), 400, field);
  assertProblem(await api.get('/stream', { headers: { 'last-event-id': 'yesterday' } }), 400, 'Last-Event-ID');
});

/**
 * A stream that is the first thing asked for by a connection is answered past the HTTP server, as the route would: each request
 * is sent first by a connection, and second.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic } from './support/api.ts';
import { eventually, within } from './support/eventually.ts';
import { firstAnswer, sendRaw } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';

const operatorToken = 'a-token-of-the-operator';
const { api, board, url } = await startTestServer(test, { operatorToken, limits: { reads: 'off' } });
const limited = await startTestServer(test, { limits: { reads: '1/min' }, now: () => 0 });
const behind = await startTestServer(test, {
  trustProxy: ['127.0.0.0/8'],
  limits: { reads: 'off', 'anonymous-streams': '1' },
});
const full = await startTestServer(test, { limits: { reads: 'off', 'anonymous-streams': '0' } });
assert.equal((await limited.api.get('/messages')).status, 200);
const [kitten] = [await api.signUp('kitten'), await api.signUp('puppy')];
const { token } = await api.logIn(kitten);
await api.say(kitten, { text: 'Purr 🐈', topics: ['cats'] });
await api.say(kitten, { text: 'Woof', topics: ['dogs'] });
await api.say(kitten, { text: 'Psst', to: ['puppy'] });
const cursor = (await api.get('/messages')).headers.get('last-event-id');

const NDJSON = { accept: 'application/x-ndjson' };
const SSE = { accept: 'text/event-stream' };
const asKitten = { authorization: basic(kitten) };

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly line?: string;
  readonly to?: string | undefined;
}

const BEFORE: Sent = { line: 'GET /health/live HTTP/1.1' };
const stream = (search = '', headers: Sent['headers'] = {}): Sent => ({
  line: `GET /stream${search} HTTP/1.1`,
  headers,
});

for (const [name, sent, status] of [
  ['nobody’s stream', stream(), 200],
  ['a stream of lines', stream('?after=0', NDJSON), 200],
  ['a stream with its owner’s password', stream('?after=0', asKitten), 200],
  ['a stream by a session', stream('?after=0', { authorization: `Bearer ${token}` }), 200],
  ['a stream by a cookie', stream('?after=0', { cookie: `a=b; msgboard_session=${token}` }), 200],
  ['the operator’s stream', stream('?after=0', { authorization: `Bearer ${operatorToken}` }), 200],
  ['a stream of a page', stream('', { ...SSE, 'sec-fetch-site': 'same-origin' }), 200],
  ['a stream of a page elsewhere', stream('', { ...SSE, origin: 'http://elsewhere.example' }), 200],
  ['a stream through a proxy', stream('', { 'x-forwarded-for': '192.0.2.1' }), 200],
  ['a stream that goes on', stream('', { 'last-event-id': String(cursor) }), 200],
  ['a stream of a topic', stream('?after=0&topic=cats'), 200],
  ['a stream of two topics', stream('?after=0&topic=cats&topic=dogs'), 200],
  ['a stream of an encoded topic', stream('?after=0&topic=c%61ts'), 200],
  ['a stream of a user, by a thread', stream('?after=0&user=kitten&thread=1'), 200],
  ['a stream with nothing after its question mark', stream('?'), 200],
  ['a poll', stream('?poll=1&after=0'), 200],
  ['a poll that waits for what is there', stream('?wait=1&after=0'), 200],
  ['a wrong password', stream('', { authorization: basic({ ...kitten, password: 'x' }) }), 401],
  ['a token that is none', stream('', { authorization: 'Bearer nothing' }), 401],
  ['a token that is none, of an EventSource', stream('', { ...SSE, authorization: 'Bearer nothing' }), 401],
  ['credentials that are none', stream('', { authorization: 'Digest nothing' }), 401],
  ['a cookie that is none', stream('', { cookie: 'msgboard_session=nothing' }), 401],
  ['nobody’s conversation', stream('?with=puppy'), 401],
  ['the operator’s conversation', stream('?with=puppy', { authorization: `Bearer ${operatorToken}` }), 403],
  ['a cursor that is none', stream('?after=-1'), 400],
  ['two cursors', stream('?after=0&after=1'), 400],
  ['a limit', stream('?limit=1'), 400],
  ['a bad cursor after a thousand separators', stream(`?${'&'.repeat(1000)}after=-1`), 400],
  ['what nobody knows', stream('?colour=red'), 400],
  ['a bad encoding', stream('?topic=%zz'), 400],
  ['a user who is not there', stream('?user=wolf'), 400],
  ['another name for this machine', stream('', { host: 'elsewhere.example' }), 421],
  ['a request without a Host', stream('', { host: '' }), 400],
  ['what is not there', { line: 'GET /streams HTTP/1.1' }, 404],
  ['another method', { line: 'DELETE /stream HTTP/1.1' }, 405],
  ['only a head', { line: 'HEAD /stream HTTP/1.1' }, 200],
  ['a stream through a trusted proxy', { ...stream('', { 'x-forwarded-for': '192.0.2.1' }), to: behind.url }, 200],
  ['one read too many', { ...stream(), to: limited.url }, 429],
  ['one read too many, by an EventSource', { ...stream('', SSE), to: limited.url }, 200],
  ['a stream too many', { ...stream(), to: full.url }, 429],
  ['a stream too many, of an EventSource', { ...stream('', SSE), to: full.url }, 200],
] as const) {
  test(`${name} is answered alike, ${status}`, async () => {
    const first = await answerTo(sent);
    const second = await answerTo({ ...BEFORE, to: sent.to }, sent);
    assert.equal(first.status, status, first.text);
    assert.deepEqual(first, second);
  });
}

test('past the HTTP server nothing more is read of a connection, so a refusal ends it', async () => {
  const wrong = { authorization: 'Digest nothing' };
  const asked = [stream('', wrong), { ...stream('', { ...wrong, 'x-forwarded-for': '192.0.2.1' }), to: behind.url }];
  for (const sent of asked) {
    const socket = await connected(sent.to);
    const closed = once(socket, 'close');
    socket.write(bytesOf(sent));
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 401 .*^connection: close\r$/ms);
    await closed;
  }
});

test('what is no plain request is judged as it would be after another', async () => {
  const line = 'GET /stream HTTP/1.1\r\nHost: localhost\r\n';
  const statuses = new Set<string>();
  for (const bytes of [
    `${line}Host: localhost\r\n\r\n`,
    `${line}Accept: text/event-stream,\r\n application/x-ndjson\r\n\r\n`,
    `${line}Bad name: x\r\n\r\n`,
    `${line}X: \u0001\r\n\r\n`,
    `${line}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    `${line}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n`,
    `${line}Content-Length: 14\r\nContent-Type: application/json\r\n\r\n{"colour":"x"}`,
    `${line}X: \u00e9\r\n\r\n`,
    `${line}X:\r\nAccept:text/event-stream \t\r\n\r\n`,
    `${line}X: x\n\r\n`,
    line.replaceAll('\r\n', '\n'),
    'GET /stream\r\n\r\n',
    'GET http://localhost/stream HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET  /stream HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'get /stream HTTP/1.1\r\nHost: localhost\r\n\r\n',
  ]) {
    const [first, second] = await Promise.all(
      ['', bytesOf({ line: 'GET /health/live HTTP/1.1' })].map(async (before) => {
        const answers = (received: string) => received.split(/(?=HTTP\/1\.1 )/).slice(before === '' ? 0 : 1);
        const received = await sendRaw(url, Buffer.from(before + bytes, 'latin1'), (all) =>
          isWhole(answers(all)[0] ?? ''),
        );
        return answers(received)[0]?.slice(0, 12);
      }),
    );
    assert.equal(first, second, JSON.stringify(bytes.slice(0, 100)));
    statuses.add(first ?? '');
  }
  assert.deepEqual([...statuses].sort(), ['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 431']);
});

test('behind a proxy that is trusted, people are told apart', async () => {
  const hold = async (forwarded: string) => {
    const socket = await connected(behind.url);
    socket.write(bytesOf(stream('', { 'x-forwarded-for': forwarded })));
    const [answer] = await once(socket, 'data');
    return { socket, status: String(answer).slice(9, 12) };
  };
  const asked = ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.9, 192.0.2.2', '192.0.2.3, 127.0.0.9', '192.0.2.3'];
  const held: Awaited<ReturnType<typeof hold>>[] = [];
  for (const address of asked) held.push(await hold(address));
  assert.deepEqual(
    held.map(({ status }) => status),
    ['200', '200', '429', '429', '200', '429'],
  );
  for (const { socket } of held) socket.destroy();
});

test('a request that comes in pieces is answered', async () => {
  const bytes = bytesOf(stream());
  for (const at of [1, 10, 30, bytes.length - 3, bytes.length - 1]) {
    const socket = await connected();
    socket.write(bytes.slice(0, at));
    await sleep(20);
    socket.write(bytes.slice(at));
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 200/, `${at}`);
    socket.destroy();
  }
});

test('a request that is long in coming is answered', async () => {
  const socket = await connected();
  await sleep(2500);
  socket.write(bytesOf(stream()));
  const [answer] = await once(socket, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200/);
  socket.destroy();
});

test('whoever is gone before their stream is open leaves nothing behind', async () => {
  for (const before of ['', bytesOf(BEFORE)]) {
    const late = `late${before.length}`;
    const person = await api.signUp(late);
    for (let n = 0; n < 5; n++) {
      const socket = await connected();
      socket.write(before + bytesOf(stream('', { authorization: basic(person) })));
      // Each password is new to the server, and takes it a while.
      await sleep(5);
      if (n % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    }
    await api.get('/user', { as: person });
  }
  await eventually(() => assert.equal(board.openStreams, 0));
});

test('whoever says that they will send no more is hung up on', async () => {
  const socket = await connected();
  socket.write(bytesOf(stream()));
  await once(socket, 'data');
  socket.end();
  await once(socket.resume(), 'close');
  await eventually(() => assert.equal(board.openStreams, 0));
});

test('whoever hangs up before they have asked for anything is hung up on', async () => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  await within(once(socket.end().resume(), 'end'), () => 'its end', 5000);
});

test('a server that ends hangs up on whoever has asked for nothing', async (t) => {
  const server = await startTestServer(t);
  const socket = await connected(server.url);
  const closed = once(socket, 'close');
  await server.close();
  await closed;
});

async function connected(to = url): Promise<Socket> {
  const { hostname, port } = new URL(to);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

function bytesOf({ line = '', headers = {} }: Sent): string {
  const fields = Object.entries({ host: 'localhost', ...headers }).filter(([, value]) => value !== '');
  return `${line}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** The answer to what is asked for last, each as soon as the one before is answered. A stream is read to where it is live. */
async function answerTo(...asked: readonly Sent[]) {
  const socket = await connected(asked.at(-1)?.to);
  let received = '';
  for (const sent of asked) {
    received = '';
    socket.write(bytesOf(sent));
    while (!isWhole(received, sent)) {
      const [chunk] = await once(socket, 'data');
      received += chunk;
    }
  }
  socket.destroy();
  const { status, headers, text } = firstAnswer(received);
  // What is refused here ends its connection, which need not be.
  for (const name of ['connection', 'date', 'keep-alive']) headers.delete(name);
  return { status, headers: Object.fromEntries([...headers].sort()), text: text.replace(/retry: \d+/, 'retry: N') };
}

/** Whether an answer has come whole, or a stream as far as it goes by itself. */
function isWhole(answer: string, { line = '' }: Sent = {}): boolean {
  if (line.startsWith('HEAD')) return answer.endsWith('\r\n\r\n');
  const { headers, text } = firstAnswer(answer);
  const length = headers.get('content-length');
  if (length !== null) return Buffer.byteLength(text) >= Number(length);
  return /^:\r?\nid: |"type":"idle"/m.test(text);
}

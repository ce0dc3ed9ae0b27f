import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { openBoard } from '../src/board/open-board.ts';
import { webHandler } from '../src/http/web-handler.ts';
import { connect } from '../src/remote/connect.ts';
import { Api } from './support/api.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { Listener } from './support/listener.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

test('Hono serves a board below a path, its streams included', async (t) => {
  const { url } = await serveByHono(t);
  const api = new Api(url);
  const kitten = await api.signUp('kitten');
  const first = await api.say(kitten, 'before 🐈');
  const listener = new Listener(t, connect(url), { cursor: '0' });
  assert.deepEqual((await listener.take(1))[0]?.message, first);

  const second = await api.say(kitten, { text: 'x'.repeat(9000), topics: ['pets'], replyTo: first.id });
  assert.deepEqual((await listener.take(1))[0]?.message, second);
  const edited = await api.put(`/message/${first.id}`, { text: 'after' }, { as: kitten });
  assert.deepEqual((await listener.take(1))[0]?.message, edited.body);
});

test('what it answers is what the server answers', async (t) => {
  const { url } = await serveByHono(t);
  const far = await startTestServer(t);
  const [here, there] = [new Api(url), far.api];
  for (const api of [here, there]) await api.say(await api.signUp('kitten'), 'hello');
  const as = { username: 'kitten', password: 'yarn' };

  for (const [method, path, options] of [
    ['GET', '/messages?limit=1', {}],
    ['GET', '/messages?colour=grey', {}],
    ['HEAD', '/message/2', {}],
    ['GET', '/message/2', { headers: { 'if-none-match': '*' } }],
    ['GET', '/nothing', {}],
    ['PUT', '/messages', {}],
    ['POST', '/message', { as, json: { text: '' } }],
    ['POST', '/message', { as, headers: { 'content-type': 'text/plain' } }],
    ['POST', '/message', { as, json: { text: 'x'.repeat(70_000) } }],
    ['POST', '/message', { json: { text: 'x' } }],
    ['QUERY', '/messages', { json: { topic: ['pets'] } }],
    ['GET', '/stream?poll=1&after=0', {}],
    ['DELETE', '/message/2', { as }],
  ] as const) {
    const [one, other] = await Promise.all([here, there].map((api) => api.call(method, path, options)));
    assert.ok(one && other);
    assert.deepEqual([one.status, comparable(one.text)], [other.status, comparable(other.text)], `${method} ${path}`);
    for (const name of ['content-type', 'allow', 'cache-control', 'vary', 'location', 'www-authenticate']) {
      assert.equal(one.headers.get(name), other.headers.get(name), `${method} ${path}: ${name}`);
    }
  }
});

test('a reader that leaves is let go, and one that takes nothing is not fed for ever', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const kitten = board.as('kitten');
  const handle = webHandler(board);

  const left = new AbortController();
  const aborted = await handle(new Request('http://host/stream', { signal: left.signal }));
  const lazy = await handle(new Request('http://host/stream?after=0'));
  left.abort();
  await aborted.text();

  const texts = Array.from({ length: 300 }, () => ({ text: 'x'.repeat(10_000) }));
  await kitten.messages.postMany(texts.slice(0, 150));
  await kitten.messages.postMany(texts.slice(150));
  // What is kept for it is bounded, so it is cut off with less than what was sent.
  const taken = (await lazy.text()).length;
  assert.ok(taken < 300 * 10_000, `${taken} characters`);
});

test('a host says who sends a request', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  atEnd(t, () => board.close());
  const handle = webHandler(board, {
    authenticate: (request) => ({ username: new URL(request.url).hostname.split('.')[0] ?? '' }),
  });
  for (const username of ['kitten', 'puppy']) {
    const headers = { 'content-type': 'application/json' };
    const request = new Request(`http://${username}.localhost/message`, {
      method: 'POST',
      headers,
      body: '{"text": "hi"}',
    });
    const answer = await handle(request);
    assert.equal(((await answer.json()) as { user: { username: string } }).user.username, username);
  }
});

test('a host says where a request comes from, and limits go by that', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  atEnd(t, () => board.close());
  const handle = webHandler(board, {
    limits: { reads: '1/min' },
    address: ({ headers }) => headers.get('x-client') ?? '',
  });
  const read = async (client: string) => {
    const answer = await handle(new Request('http://localhost/messages', { headers: { 'x-client': client } }));
    await answer.text();
    return answer.status;
  };
  assert.deepEqual([await read('192.0.2.1'), await read('192.0.2.1'), await read('192.0.2.2')], [200, 429, 200]);
});

for (const [what, options, warning] of [
  ['says where requests come from is warned of no proxy', { address: () => '192.0.2.1' }, /^$/],
  ['does not is told how to', {}, /X-Forwarded-For .* option address/],
] as const) {
  test(`a host that ${what}`, async (t) => {
    const log: string[] = [];
    t.mock.method(process.stderr, 'write', (line: string) => log.push(line) > 0);
    const board = await openBoard((await temporaryDatabase(t)).url);
    atEnd(t, () => board.close());
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    await (await webHandler(board, options)(new Request('http://localhost/messages', { headers }))).text();
    assert.match(log.join(''), warning);
  });
}

test('a request that is no good is refused, not thrown', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  atEnd(t, () => board.close());
  const handle = webHandler(board, { prefix: '/board' });
  for (const [path, status] of [
    ['/messages', 404],
    ['/board/messages?limit=x', 400],
    ['/board/message/%ff', 400],
  ] as const) {
    const answer = await handle(new Request(`http://host${path}`));
    const text = await answer.text();
    if (path.startsWith('/board')) assertProblem({ status: answer.status, headers: answer.headers, text }, status);
    else assert.equal(answer.status, status);
  }
});

test('a body may end after its answer', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  atEnd(t, () => board.close());
  const handle = webHandler(board, { authenticate: () => ({ username: 'kitten' }), limits: 'off' });
  const text = '{"text": "hi"}';
  const headers = { 'content-type': 'application/json', 'content-length': `${text.length}` };
  for (let n = 0; n < 30; n++) {
    const body = (async function* () {
      yield Buffer.from(text);
      await setImmediate();
    })();
    const answer = await handle(new Request('http://host/message', { method: 'POST', headers, body, duplex: 'half' }));
    await answer.text();
    assert.equal(answer.status, 201);
  }
});

test('a board that closes ends its streams with their connections, for which a server would wait', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  const server = serve({ fetch: webHandler(board), port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  const stream = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`);
  const ended = once(server, 'close');
  const from = performance.now();
  server.close();
  await board.close();
  await stream.text();
  await ended;
  assert.ok(performance.now() - from < 2000, 'it waits for no idle connection');
});

test('what is asked of a board that is closed is refused as by a server, with the connection', async (t) => {
  const board = await openBoard((await temporaryDatabase(t)).url);
  const handle = webHandler(board);
  const ask = (path: string) => handle(new Request(`http://localhost${path}`));
  assert.equal((await ask('/messages')).headers.get('connection'), null);
  await board.close();
  for (const path of ['/messages', '/user/kitten', '/stream?after=0']) {
    const answer = await ask(path);
    assertProblem({ status: answer.status, headers: answer.headers, text: await answer.text() }, 503);
    assert.equal(answer.headers.get('connection'), 'close');
  }
});

/** A board at `/board` of a Hono application. */
async function serveByHono(scope: Scope): Promise<{ url: string }> {
  const board = await openBoard((await temporaryDatabase(scope)).url);
  const handle = webHandler(board, { prefix: '/board' });
  const app = new Hono().all('/board/*', (context) => handle(context.req.raw));
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await once(server, 'listening');
  atEnd(scope, async () => {
    await board.close();
    await eventually(() => new Promise<void>((resolve) => server.close(() => resolve())));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/board` };
}

/** Without what differs between two boards: times, epochs. */
function comparable(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(\d)-\w{4}"/g, '$1-EPOCH"')
    .replace(/(id: \d+)-\w{4}/g, '$1');
}

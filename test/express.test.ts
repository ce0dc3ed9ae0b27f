import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import express, { type Request } from 'express';
import { type Message, nodeHandler, openBoard } from '../src/index.ts';
import { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { assertProblem } from './support/problem.ts';
import { openStream } from './support/stream-reader.ts';

/** What this host's own middleware knows of a request. */
interface Known extends Request {
  username?: string;
}

async function host(): Promise<string> {
  const board = await openBoard('sqlite::memory:');
  atEnd(test, () => board.close());
  const handler = await nodeHandler(board, {
    authenticate: ({ username }: Known) => (username === undefined ? null : { username }),
  });
  const app = express();
  app.use(express.json());
  app.use((request: Known, _, next) => {
    const username = request.get('x-name');
    if (username !== undefined) request.username = username;
    next();
  });
  app.get('/mine', (_, response) => void response.send('mine'));
  app.use('/a/board', handler);
  const server = app.listen(0, '127.0.0.1');
  atEnd(test, async () => {
    await handler.close();
    await new Promise((resolve) => server.close(resolve));
  });
  await once(server, 'listening');
  return originOf(server);
}

const origin = await host();
const api = new Api(`${origin}/a/board`);
const kitten = { headers: { 'x-name': 'kitten' } };

test('a board below a path of Express takes people from its middleware', async () => {
  const { status, body } = await api.post<Message>('/message', { text: 'I love kittens!' }, kitten);
  assert.deepEqual([status, body.user.username], [201, 'kitten']);
  assertProblem(await api.post('/message', { text: 'x' }), 401);
  assert.equal(await (await fetch(`${origin}/mine`)).text(), 'mine');
});

test('bodies that express.json() has read are understood, and others too', async () => {
  const text = '🐈 "\\ \u2028';
  assert.equal((await api.post<Message>('/message', { text }, kitten)).body.text, text);
  assertProblem(await api.post('/message', { text: 'x', colour: 'red' }, kitten), 400, 'colour');
  const zipped = await fetch(`${api.url}/message`, {
    method: 'POST',
    headers: { ...kitten.headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync('{"text": "zipped"}'),
  });
  assert.equal(zipped.status, 201);
  const lines = {
    raw: '{"text": "one"}\n{"text": "two"}',
    headers: { ...kitten.headers, 'content-type': 'application/x-ndjson' },
  };
  assert.equal((await api.call<Message[]>('POST', '/messages', lines)).body.length, 2);
});

test('a stream through Express is live, and goes on from a cursor', async () => {
  const stream = await openStream(origin, '/a/board/stream');
  const cursor = await stream.cursor();
  const { body } = await api.post<Message>('/message', { text: 'live' }, kitten);
  assert.equal((await stream.next()).message?.id, body.id);
  stream.cut();

  const resumed = await openStream(origin, '/a/board/stream', { headers: { 'last-event-id': cursor } });
  assert.equal((await resumed.next()).message?.id, body.id);
  resumed.cut();
});

test('the page of the API and its parts are found below the path', async () => {
  const page = await fetch(`${origin}/a/board/docs/`, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 200);
  const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, part = '']) => part);
  assert.ok(parts.length > 0);
  for (const part of parts) assert.equal((await fetch(new URL(part, page.url))).status, 200, part);
  assert.equal((await api.get('/openapi.json')).status, 200);
});

for (const [what, options, statuses, warning] of [
  ['is counted by it', { address: ({ ip }: Request) => ip }, [200, 200, 429], /^$/],
  [
    'else by its proxy, of which the log warns',
    {},
    [200, 429, 429],
    /X-Forwarded-For comes from \S+ .* option address/,
  ],
] as const) {
  test(`who comes from an address that Express knows ${what}`, async (t) => {
    const log: string[] = [];
    t.mock.method(process.stderr, 'write', (line: string) => log.push(line) > 0);
    const board = await openBoard('sqlite::memory:');
    atEnd(t, () => board.close());
    const handler = await nodeHandler(board, { limits: { reads: '1/min' }, ...options });
    const app = express().set('trust proxy', 'loopback').use('/board', handler);
    const server = app.listen(0, '127.0.0.1');
    atEnd(t, async () => {
      await handler.close();
      server.close();
    });
    await once(server, 'listening');
    const behind = new Api(`${originOf(server)}/board`);
    const answers: number[] = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2'])
      answers.push((await behind.get('/messages', { headers: { 'x-forwarded-for': address } })).status);
    assert.deepEqual(answers, statuses);
    assert.match(log.join(''), warning);
  });
}

test('a handler that is closed keeps no connection, and what it refuses it refuses in the words of the board', async (t) => {
  const board = await openBoard('sqlite::memory:');
  const handler = await nodeHandler(board);
  const server = express().use('/board', handler).listen(0, '127.0.0.1');
  atEnd(t, () => server.close());
  await once(server, 'listening');
  const closed = new Api(`${originOf(server)}/board`);

  await handler.close();
  const read = await closed.get('/messages');
  assert.deepEqual([read.status, read.headers.get('connection')], [200, 'close']);
  assertProblem(await closed.get('/stream'), 503);
  await board.close();
  for (const path of ['/messages', '/user/kitten']) {
    const refused = await closed.get(path);
    assertProblem(refused, 503);
    assert.equal(refused.headers.get('connection'), 'close');
  }
});

function originOf(server: Server): string {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

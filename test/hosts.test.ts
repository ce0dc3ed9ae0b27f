/** Boards in servers of others, who know people by ways of their own. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import test, { type TestContext } from 'node:test';
import swagger from '@fastify/swagger';
import fastify from 'fastify';
import { type Board, type Guest, msgboard, nodeHandler, openBoard } from '../src/index.ts';
import { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { assertProblem } from './support/problem.ts';
import { openStream } from './support/stream-reader.ts';

async function open(t: TestContext): Promise<Board> {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  return board;
}

/** The same board under three kinds of host, who know people by a header of their own. */
const nameIn = ({ headers }: Pick<IncomingMessage, 'headers'>): Guest | null =>
  typeof headers['x-name'] === 'string' ? { username: headers['x-name'] } : null;

const hosts: Record<string, (t: TestContext, board: Board) => Promise<string>> = {
  async 'a Fastify plugin'(t, board) {
    const app = fastify();
    await app.register(msgboard, { board, prefix: '/board', authenticate: nameIn });
    atEnd(t, () => app.close());
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/board`;
  },
  async 'a handler of node:http with a prefix'(t, board) {
    return `${await listen(t, board, { prefix: '/board' })}/board`;
  },
  async 'a handler of node:http at the root'(t, board) {
    return listen(t, board, {});
  },
};

async function listen(t: TestContext, board: Board, options: { readonly prefix?: string }): Promise<string> {
  const handler = await nodeHandler(board, { ...options, authenticate: nameIn });
  const server = createServer((request, response) => {
    response.setHeader('x-host', 'mine');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, async () => {
    await handler.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

for (const [name, host] of Object.entries(hosts)) {
  test(`${name} takes people from its host, and streams to them`, async (t) => {
    const board = await open(t);
    const url = await host(t, board);
    const api = new Api(url);
    const as = (username: string) => ({ headers: { 'x-name': username } });
    const stream = await openStream(`${url}/stream`, '', as('dog'));
    await stream.cursor();

    const posted = await api.post<{ id: number }>('/message', { text: 'psst', to: ['dog'] }, as('kitten'));
    assert.equal(posted.status, 201, posted.text);
    assert.equal((await stream.next()).message?.id, posted.body.id);
    assert.equal((await api.get(`/message/${posted.body.id}`, as('dog'))).status, 200);
    assertProblem(await api.get(`/message/${posted.body.id}`), 404);
    assert.equal((await api.get<{ username: string }>('/user', as('kitten'))).body.username, 'kitten');

    const nobody = await api.post('/message', { text: 'x' });
    assertProblem(nobody, 401);
    assert.match(nobody.headers.get('www-authenticate') ?? '', /^Application /);
    assertProblem(await api.post('/user', { username: 'cow', password: 'milk' }), 403);
    assertProblem(await api.get('/messages?colour=red', as('kitten')), 400, 'colour');
    assertProblem(await api.get('/nowhere', as('kitten')), 404);
    const location = posted.headers.get('location') ?? '';
    assert.equal(new URL(location, `${url}/message`).href, `${url}/message/${posted.body.id}`);
    stream.cut();
  });

  test(`${name} has its description, of where it is, and all that the page of it names`, async (t) => {
    const board = await open(t);
    const url = await host(t, board);
    const { pathname } = new URL(url);
    const { body } = await new Api(url).get<{ paths: object }>('/openapi.json');
    assert.ok(Object.hasOwn(body.paths, `${pathname.replace(/\/$/, '')}/messages`), Object.keys(body.paths).join());

    for (const at of ['/docs', '/docs/']) {
      const page = await fetch(url + at);
      const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, part = '']) => part);
      assert.ok(parts.length > 0);
      for (const part of parts) assert.equal((await fetch(new URL(part, page.url))).status, 200, part);
    }
    assert.equal((await fetch(`${url}/docs/static/nothing.js`)).status, 404);
  });
}

test('a host that describes itself and the board in it are each described by their own', async (t) => {
  const app = fastify();
  atEnd(t, () => app.close());
  await app.register(swagger, { openapi: { info: { title: 'the host', version: '1' } } });
  await app.register(msgboard, { board: await open(t), prefix: '/board' });
  await app.ready();

  assert.equal(app.swagger().info.title, 'the host');
  assert.equal((await app.inject('/board/openapi.json')).json().info.title, 'msgboard');
});

test('credentials are nothing to a board that takes people from its host', async (t) => {
  const board = await open(t);
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const api = new Api(await listen(t, board, {}));
  assertProblem(await api.post('/message', { text: 'x' }, { as: { username: 'kitten', password: 'yarn' } }), 401);
});

test('the host’s own headers are on every answer, streams too', async (t) => {
  const url = await listen(t, await open(t), {});
  assert.equal((await fetch(`${url}/messages`)).headers.get('x-host'), 'mine');
  const stream = await openStream(url);
  assert.equal(stream.headers.get('x-host'), 'mine');
  stream.cut();
});

test('closing a handler ends its streams', async (t) => {
  const board = await open(t);
  const handler = await nodeHandler(board);
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const stream = await openStream(`http://127.0.0.1:${address.port}`);
  await stream.cursor();
  await handler.close();
  assert.equal(await stream.ended, 'end');
});

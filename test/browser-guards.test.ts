import assert from 'node:assert/strict';
import test from 'node:test';
import fastify from 'fastify';
import { openBoard } from '../src/board/open-board.ts';
import { msgboard } from '../src/http/plugin.ts';
import { Api, basic } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { type ExactRequest, sendExactly } from './support/exact.ts';
import { Contract, type OpenApi } from './support/openapi.ts';
import { assertProblem } from './support/problem.ts';
import { firstAnswer, sendRaw } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';
import { fingerprint } from './support/unharmed.ts';

const { api, url } = await startTestServer(test);
const { host } = new URL(url);
const kitten = await api.signUp('kitten');
await api.say(kitten, 'I love kittens!');

const named = await startTestServer(test, { origins: ['https://chat.example'], cors: ['https://app.example'] });
const bunny = await named.api.signUp('bunny');
const open = await startTestServer(test, { host: '0.0.0.0' });
const openAndNamed = await startTestServer(test, { host: '0.0.0.0', origins: ['https://chat.example'] });
const at = ({ port }: URL) => `http://127.0.0.1:${port}`;

for (const [where, target, name, status] of [
  ['on loopback', url, 'localhost', 200],
  ['on loopback', url, 'localhost:1', 200],
  ['on loopback', url, 'LocalHost:5000', 200],
  ['on loopback', url, '127.0.0.1', 200],
  ['on loopback', url, '127.8.9.10:80', 200],
  ['on loopback', url, '[::1]', 200],
  ['on loopback', url, '[::1]:5000', 200],
  ['on loopback', url, 'evil.test', 421],
  ['on loopback', url, `evil.test:${new URL(url).port}`, 421],
  ['on loopback', url, 'localhost.evil.test', 421],
  ['on loopback', url, '127.0.0.1.evil.test', 421],
  ['on loopback', url, 'evil-localhost', 421],
  ['on loopback', url, 'localhost@evil.test', 421],
  ['on loopback', url, 'evil.test:localhost', 421],
  ['on loopback', url, '128.0.0.1', 421],
  ['on loopback', url, '192.168.1.10:5000', 421],
  ['on loopback', url, '[::2]', 421],
  ['on loopback', url, '0.0.0.0', 421],
  ['on loopback', url, '', 421],
  ['on loopback, named', named.url, 'chat.example', 200],
  ['on loopback, named', named.url, 'Chat.Example:443', 200],
  ['on loopback, named', named.url, 'localhost', 200],
  ['on loopback, named', named.url, 'app.example', 421],
  ['on loopback, named', named.url, 'evil.test', 421],
  ['everywhere', at(new URL(open.url)), 'board.lan', 200],
  ['everywhere', at(new URL(open.url)), '192.168.1.10:5000', 200],
  ['everywhere, named', at(new URL(openAndNamed.url)), 'chat.example', 200],
  ['everywhere, named', at(new URL(openAndNamed.url)), 'localhost', 200],
  ['everywhere, named', at(new URL(openAndNamed.url)), '192.168.1.10:5000', 200],
  ['everywhere, named', at(new URL(openAndNamed.url)), '[fd00::1]:5000', 200],
  ['everywhere, named', at(new URL(openAndNamed.url)), 'evil.test', 421],
] as const) {
  test(`a board that listens ${where} answers ${status} to Host: ${name}`, async () => {
    for (const path of ['/messages', '/nothing', '/docs/', '/health/live', '/user/%ff', `/user/${'x'.repeat(300)}`]) {
      const answer = firstAnswer(
        await sendRaw(target, `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`),
      );
      if (status === 421) assertProblem(answer, 421);
      else assert.notEqual(answer.status, 421, path);
    }
  });
}

test('what a proxy says of the Host changes nothing', async () => {
  for (const header of ['x-forwarded-host', 'forwarded', 'x-host']) {
    const answer = await sendExactly(url, { path: '/messages', headers: { host: 'evil.test', [header]: 'localhost' } });
    assertProblem(answer, 421);
  }
});

const WRITES: readonly ExactRequest[] = [
  { method: 'POST', path: '/user', body: '{"username":"mallory","password":"yarn"}' },
  { method: 'POST', path: '/message', body: '{"text":"Forged!"}' },
  { method: 'PUT', path: '/message/1', body: '{"text":"Forged!"}' },
  { method: 'DELETE', path: '/message/1' },
  { method: 'POST', path: '/session', body: '{"username":"kitten","password":"yarn"}' },
  { method: 'PATCH', path: '/user', body: '{"bio":"Forged!"}' },
  { method: 'POST', path: '/nothing', body: '{}' },
];

const own = `http://${host}`;
const FOREIGN: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
  ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
  ['of another port', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' }],
  ['that says cross-site and no origin', { 'sec-fetch-site': 'cross-site' }],
  ['that says cross-site and our origin', { 'sec-fetch-site': 'cross-site', origin: own }],
  ['that says what no browser says', { 'sec-fetch-site': 'Same-Origin', origin: own }],
  ['that says two things', { 'sec-fetch-site': 'same-origin, cross-site', origin: own }],
  ['that says nothing', { 'sec-fetch-site': '', origin: own }],
  ['of an old browser', { origin: 'https://evil.test' }],
  ['of an old browser, at another port', { origin: 'http://127.0.0.1:1' }],
  ['of an old browser, by a name like ours', { origin: `http://${host}.evil.test` }],
  ['of no origin', { origin: 'null' }],
  ['of an empty origin', { origin: '' }],
  ['of a scheme in front of ours', { origin: `https://evil.test/http://${host}` }],
];

for (const [name, headers] of FOREIGN) {
  test(`a page ${name} can write nothing, whatever it knows`, async () => {
    const before = await fingerprint(api);
    for (const { body, ...request } of WRITES) {
      for (const known of [{}, { authorization: basic(kitten) }]) {
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const all = { host, ...type, ...known, ...headers };
        const answer = await sendExactly(url, { ...request, headers: all, ...(body !== undefined && { body }) });
        assertProblem(answer, 403);
        assert.equal(answer.headers.get('access-control-allow-origin'), null);
      }
    }
    assert.deepEqual(await fingerprint(api), before);
  });
}

for (const [name, headers] of [
  ['a program', {}],
  ['a page of the board', { 'sec-fetch-site': 'same-origin', origin: own }],
  ['a person who types the address', { 'sec-fetch-site': 'none' }],
  ['a page of the board in an old browser', { origin: own }],
] as const) {
  test(`${name} can write`, async () => {
    const answer = await api.post('/message', { text: name }, { as: kitten, headers: { host, ...headers } });
    assert.equal(answer.status, 201, answer.text);
  });
}

for (const [origin, isListed] of [
  ['https://app.example', true],
  ['https://chat.example', true],
  ['http://app.example', false],
  ['https://app.example:8443', false],
  ['https://sub.app.example', false],
  ['https://app.example.evil.test', false],
  ['https://APP.example', false],
  ['null', false],
] as const) {
  test(`a board with listed origins ${isListed ? 'lets' : 'does not let'} a page of ${origin} write`, async () => {
    for (const site of [{ 'sec-fetch-site': 'cross-site' }, {}]) {
      const answer = await named.api.post('/message', { text: 'Hi!' }, { as: bunny, headers: { ...site, origin } });
      if (isListed) assert.equal(answer.status, 201, answer.text);
      else assertProblem(answer, 403);
    }
  });
}

const CORS = 'access-control-';
const preflight = {
  [`${CORS}request-method`]: 'PUT',
  [`${CORS}request-headers`]: 'authorization,content-type,if-match',
};

test('a listed origin may ask first, and is told what it may send', async () => {
  for (const path of ['/message/1', '/stream', '/user']) {
    const { status, headers } = await named.api.call('OPTIONS', path, {
      headers: { origin: 'https://app.example', ...preflight },
    });
    assert.equal(status, 204);
    assert.equal(headers.get(`${CORS}allow-origin`), 'https://app.example');
    assert.equal(headers.get(`${CORS}allow-credentials`), 'true');
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])
      assert.ok(headers.get(`${CORS}allow-methods`)?.split(', ').includes(method), method);
    for (const name of [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'last-event-id',
    ])
      assert.ok(headers.get(`${CORS}allow-headers`)?.toLowerCase().split(', ').includes(name), name);
    assert.match(headers.get('vary') ?? '', /\bOrigin\b/);
  }
});

test('a listed origin may see answers, problems among them, and the headers that are ours', async () => {
  for (const [path, status] of [
    ['/messages', 200],
    ['/message/999', 404],
    ['/nothing', 404],
    ['/messages?limit=0', 400],
    ['/user/%ff', 400],
  ] as const) {
    const answer = await named.api.get(path, { headers: { origin: 'https://app.example' } });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get(`${CORS}allow-origin`), 'https://app.example');
    assert.equal(answer.headers.get(`${CORS}allow-credentials`), 'true');
    assert.equal(answer.headers.get(`${CORS}expose-headers`), 'Last-Event-ID, Link, Location, ETag, Retry-After');
  }
});

test('nobody else hears a word about it', async () => {
  for (const [board, origin] of [
    [api, 'https://evil.test'],
    [api, own],
    [named.api, 'https://evil.test'],
    [named.api, 'https://chat.example'],
    [named.api, 'null'],
    [named.api, '*'],
  ] as const) {
    for (const answer of [
      await board.get('/messages', { headers: { origin } }),
      await board.call('OPTIONS', '/message', { headers: { origin, ...preflight } }),
    ]) {
      const told = [...answer.headers.keys()].filter((name) => name.startsWith(CORS));
      assert.deepEqual(told, [], `${origin}: ${answer.text}`);
    }
  }
});

for (const [name, options] of [
  ['*', { cors: ['*'] }],
  ['a name without a scheme', { cors: ['app.example'] }],
  ['a path', { origins: ['https://app.example/board'] }],
  ['null', { cors: ['null'] }],
  ['a password', { cors: ['https://kitten:yarn@app.example'] }],
] as const) {
  test(`${name} is no origin to list`, async () => {
    await assert.rejects(startTestServer({ after: () => {} }, options), { code: 'bad-input' });
  });
}

test('the document of a board that is mounted somewhere knows its paths, and its cookie by name', async (t) => {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  const app = fastify();
  await app.register(msgboard, { board, prefix: '/board' });
  const mounted = new Api(`${await app.listen({ port: 0, host: '127.0.0.1' })}/board`);
  atEnd(t, () => app.close());
  const { body } = await mounted.get<OpenApi>('/openapi.json');
  const { headers } = await mounted.post('/session', await mounted.signUp('dog'));
  assert.equal(body.components.securitySchemes['cookie']?.name, headers.get('set-cookie')?.replace(/=.*/, ''));
  const post = new Contract(body).route('POST /board/message');
  assert.ok(post.responses['201']?.headers?.['Location']);
});

test('a board that is mounted somewhere is guarded there, and only there', async (t) => {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  const app = fastify();
  app.post('/own', async () => 'mine');
  await app.register(msgboard, {
    board,
    prefix: '/board',
    origins: ['https://chat.example'],
    cors: ['https://app.example'],
  });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  atEnd(t, () => app.close());
  const mounted = new Api(`${address}/board`);
  const dog = await mounted.signUp('dog');

  const rebound = { path: '/board/messages', headers: { host: 'evil.test' } };
  assertProblem(await sendExactly(address, rebound), 421);
  assert.equal((await sendExactly(address, { ...rebound, headers: { host: 'chat.example' } })).status, 200);
  const forged = { as: dog, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' } };
  assertProblem(await mounted.post('/message', { text: 'Forged!' }, forged), 403);
  const listed = { as: dog, headers: { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' } };
  const answer = await mounted.post('/message', { text: 'Hi!' }, listed);
  assert.deepEqual([answer.status, answer.headers.get(`${CORS}allow-origin`)], [201, 'https://app.example']);
  const asked = await mounted.call('OPTIONS', '/message', { headers: { origin: 'https://app.example', ...preflight } });
  assert.equal(asked.status, 204);
  assert.equal((await new Api(address).call('POST', '/own', forged)).text, 'mine');
});

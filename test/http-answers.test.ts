import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { basic } from './support/api.ts';
import { sendExactly } from './support/exact.ts';
import { Contract, type OpenApi } from './support/openapi.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const { id } = await api.say(kitten, 'I love kittens!');

const GETS = [
  '/messages',
  `/message/${id}`,
  '/user/kitten',
  '/user/1',
  '/openapi.json',
  '/docs',
  '/health/live',
  '/health/ready',
];

for (const path of GETS) {
  test(`HEAD ${path} is GET without its body`, async () => {
    // A page of docs may be somewhere below.
    const options = { redirect: 'follow' } as const;
    const [get, head] = await Promise.all([
      fetch(url + path, options),
      fetch(url + path, { ...options, method: 'HEAD' }),
    ]);

    assert.deepEqual([get.status, head.status, await head.text()], [200, 200, '']);
    assert.notEqual(await get.text(), '');
    for (const name of ['content-type', 'etag', 'link', 'last-event-id', 'cache-control']) {
      assert.equal(head.headers.get(name), get.headers.get(name), name);
    }
  });
}

test('HEAD of what is not there is 404 without a body', async () => {
  const answer = await api.call('HEAD', '/message/999999');
  assert.deepEqual([answer.status, answer.text], [404, '']);
});

for (const [method, path, status] of [
  ['GET', '/messages', 200],
  ['GET', `/message/${id}`, 200],
  ['GET', '/user/kitten', 200],
  ['GET', '/message/999999', 404],
  ['GET', '/messages?limit=0', 400],
  ['GET', '/nothing', 404],
  ['PATCH', `/message/${id}`, 405],
  ['DELETE', `/message/${id}`, 401],
] as const) {
  test(`${method} ${path}, ${status}, is private, asked for anew and taken for what it is`, async () => {
    const answer = await api.call(method, path);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get('cache-control') ?? '', /^private, no-cache$/);
    assert.ok(answer.headers.get('vary'), 'Vary');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  });
}

test('JSON is named as JSON', async () => {
  for (const path of ['/messages', `/message/${id}`, '/user/kitten', '/openapi.json']) {
    assert.match((await api.get(path)).headers.get('content-type') ?? '', /^application\/json/);
  }
});

test('JSON is taken however its content type is written', async () => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; Charset="utf-8"',
    'application/json; version=1',
  ]) {
    const answer = await post('{"text":"x"}', { 'content-type': type });
    assert.equal(answer.status, 201, `${type}: ${answer.text}`);
  }
});

const JSON_TYPE = { 'content-type': 'application/json' };

for (const [name, headers, status, told] of [
  ['compressed', { ...JSON_TYPE, 'content-encoding': 'gzip' }, 415, /Content-Encoding/],
  ['compressed twice', { ...JSON_TYPE, 'content-encoding': 'identity, gzip' }, 415, /Content-Encoding/],
  ['compressed on the way', { ...JSON_TYPE, 'transfer-encoding': 'gzip, chunked' }, 400, /Transfer-Encoding/],
  ['of another charset', { 'content-type': 'application/json; charset=ISO-8859-1' }, 415, /UTF-8/],
  ['of another charset, in quotes', { 'content-type': 'application/json;charset="utf-16"' }, 415, /UTF-8/],
] as const) {
  test(`a body that is said to be ${name} is not taken for another`, async () => {
    const before = await api.cursor();
    const answer = await post('{"text":"x"}', { ...headers });
    assert.match(assertProblem(answer, status).detail, told);
    const isCoded = 'content-encoding' in headers;
    assert.equal(answer.headers.get('accept-encoding'), isCoded ? 'identity' : null);
    assert.equal(await api.cursor(), before);
  });
}

test('a body that is said to be as it is, is taken', async () => {
  assert.equal((await post('{"text":"x"}', { ...JSON_TYPE, 'content-encoding': 'Identity' })).status, 201);
  assert.equal((await post('{"text":"x"}', { ...JSON_TYPE, 'transfer-encoding': 'Chunked' })).status, 201);
});

test('a list is asked for with a body that is as it says', async () => {
  const headers = { 'content-type': 'application/json; charset=latin1' };
  assertProblem(await sendExactly(url, { path: '/messages', headers, body: '{"limit":1}' }), 415);
  // Some clients say so of everything.
  assert.equal((await sendExactly(url, { path: '/messages', headers })).status, 200);
});

test('a body of just 64 KiB is taken', async () => {
  assert.equal((await post('{"text":"x"}'.padEnd(65_536), JSON_TYPE)).status, 201);
});

test('no answer is built from Host', async () => {
  const headers = { host: new URL(url).host, 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' };
  for (const path of ['/messages?limit=1', '/messages?limit=0', '/openapi.json', '/docs', '/nothing']) {
    const answer = await sendExactly(url, { path, headers });
    assert.doesNotMatch(JSON.stringify([...answer.headers]) + answer.text, /evil\.example/);
  }
});

test('a refusal tells of every fault', async () => {
  const answer = await api.post('/message', { topics: 'cats', colour: 'red' }, { as: kitten });
  const { errors } = assertProblem(answer, 400);
  assert.ok((errors?.length ?? 0) >= 1);
});

test('the problem types are of a closed set, one for a kind', async () => {
  const types = new Map<string, number>();
  for (const answer of [
    await api.get('/message/999999'),
    await api.get('/user/nobody'),
    await api.get('/nothing'),
    await api.get('/messages?limit=0'),
    await api.get('/messages?offset=-1'),
    await api.post('/message', { text: 'x' }),
    await api.post('/user', { username: 'kitten', password: 'yarn' }),
  ]) {
    const { type, status } = assertProblem(answer, answer.status);
    assert.equal(types.get(type) ?? status, status, `${type} means one thing`);
    types.set(type, status);
  }
  assert.equal(types.size, 4);
});

test('the OpenAPI document is of version 3.1 and knows the routes', async () => {
  const { body } = await api.get<{ openapi: string; paths: Record<string, Record<string, unknown>> }>('/openapi.json');
  assert.match(body.openapi, /^3\.1\./);
  const routes = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/, '{}')}`),
  );
  for (const route of [
    'POST /user',
    'GET /user/{}',
    'POST /message',
    'GET /message/{}',
    'PUT /message/{}',
    'DELETE /message/{}',
    'GET /messages',
    'GET /stream',
  ]) {
    assert.ok(routes.includes(route), `${route} among ${routes.join(', ')}`);
  }
});

test('the OpenAPI document knows what comes to no route, and what stands in no route of its own', async () => {
  const { body } = await api.get<OpenApi>('/openapi.json');
  const { schemas } = body.components;
  for (const status of [405, 408, 431, 500])
    assert.ok(schemas['Problem']?.properties?.['status']?.enum?.includes(status));
  for (const { name, responses } of new Contract(body).routes) {
    for (const status of ['500', 'default'])
      assert.ok(responses[status]?.content?.['application/problem+json'], `${status} of ${name}`);
  }
  const stream = new Contract(body).route('GET /stream');
  assert.ok(stream.security?.some((each) => 'token' in each));
  const events = stream.responses['200']?.content?.['application/json']?.schema;
  assert.deepEqual(events?.items?.properties?.['reason']?.enum?.toSorted(), ['ahead', 'history', 'pruned']);
});

test('the page of the docs works without any other server', async () => {
  const page = await fetch(`${url}/docs`);
  const html = await page.text();
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  const assets = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, target = '']) => new URL(target, page.url));
  assert.ok(assets.length > 0);
  for (const asset of assets) {
    assert.equal(asset.origin, url, `${asset} is somewhere else`);
    const answer = await fetch(asset);
    assert.deepEqual([answer.status, (await answer.bytes()).length > 0], [200, true], `${asset}`);
  }
});

for (const path of [
  '/docs/static/swagger-ui.css',
  ...(existsSync('dist/web') ? ['/web/board.css', '/client.js'] : []),
]) {
  test(`${path} is not sent to who has it already`, async () => {
    const first = await api.get(path);
    assert.equal(first.status, 200);
    const known = { 'if-none-match': first.headers.get('etag') ?? '' };
    const { status, text, headers } = await api.get(path, { headers: known });
    assert.deepEqual([status, text, headers.get('etag')], [304, '', known['if-none-match']]);
  });
}

for (const path of ['/health/live', '/health/ready']) {
  test(`${path} is 200 on a server that is well, to anybody`, async () => {
    const answer = await api.get(path);
    assert.equal(answer.status, 200, answer.text);
  });
}

test('whoever hands on a link to the page may add to it', async () => {
  for (const query of ['?fbclid=1', '?utm_source=chat&utm_source=mail', '?q=%E4']) {
    const headers = { accept: 'text/html' };
    const page = await api.get(`/${query}`, { headers });
    assert.ok(page.status === 200 || page.status === 302, `${query}: ${page.text}`);
    assertProblem(await api.get(`/messages${query}`, { headers }), 400);
    assertProblem(await api.get(`/${query}`), 400);
  }
});

test('a DELETE of nothing that says it is JSON is one all the same', async () => {
  const { id: doomed } = await api.say(kitten, 'Not for long.');
  const answer = await api.call('DELETE', `/message/${doomed}`, {
    as: kitten,
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 204, answer.text);
});

function post(body: string, more: Readonly<Record<string, string>>) {
  const headers = { authorization: basic(kitten), ...more };
  return sendExactly(url, { method: 'POST', path: '/message', headers, body });
}

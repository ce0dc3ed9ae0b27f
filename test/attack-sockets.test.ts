import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import { basic } from './support/api.ts';
import { assertProblem } from './support/problem.ts';
import { firstAnswer, sendRaw } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';
import { fingerprint } from './support/unharmed.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
await api.say(kitten, 'I love kittens!');
const before = await fingerprint(api);

const host = `Host: ${new URL(url).host}\r\n`;
const post = `POST /message HTTP/1.1\r\n${host}Authorization: ${basic(kitten)}\r\nContent-Type: application/json\r\n`;

for (const [name, bytes, status] of [
  ['words', 'hello, is it you?\r\n\r\n', 400],
  ['a TLS greeting', Buffer.from('16030100c8010000c403035f', 'hex'), 400],
  ['zeros', Buffer.alloc(1000), 400],
  ['a method that does not exist', `FROB /messages HTTP/1.1\r\n${host}\r\n`, [400, 405, 501]],
  ['a version that does not exist', `GET /messages HTTP/9.9\r\n${host}\r\n`, [400, 505]],
  ['no Host', 'GET /messages HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['two Hosts', `GET /messages HTTP/1.1\r\n${host}Host: elsewhere.example\r\n\r\n`, 400],
  ['one Host twice', `GET /messages HTTP/1.1\r\n${host}${host}\r\n`, 400],
  [
    'two kinds of credentials',
    `${post}Authorization: Bearer x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{"text":"x"}`,
    401,
  ],
  [
    'two types of its body',
    `${post}Content-Type: text/plain\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{"text":"x"}`,
    415,
  ],
  ['a header with a space in its name', `GET /messages HTTP/1.1\r\n${host}Bad Header: 1\r\n\r\n`, 400],
  ['a header with a NUL', `GET /messages HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, 400],
  [
    'a header folded over two lines',
    `GET /messages HTTP/1.1\r\n${host}X: a\r\n b\r\nConnection: close\r\n\r\n`,
    [200, 400],
  ],
  ['a header without a colon', `GET /messages HTTP/1.1\r\n${host}nonsense\r\n\r\n`, 400],
  ['a header of 100 KB', `GET /messages HTTP/1.1\r\n${host}X: ${'x'.repeat(100_000)}\r\n\r\n`, [400, 431]],
  ['a path of 100 KB', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n${host}\r\n`, [400, 414, 431]],
  ['a length below 0', `${post}Content-Length: -1\r\n\r\n{}`, 400],
  ['a length in words', `${post}Content-Length: ten\r\n\r\n{"text":1}`, 400],
  ['two lengths', `${post}Content-Length: 12\r\nContent-Length: 13\r\n\r\n{"text":"x"} `, 400],
  [
    'a length and chunks, to smuggle a second request',
    `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{"text":"x"}\r\n0\r\n\r\n`,
    400,
  ],
  ['an unknown coding', `${post}Transfer-Encoding: chunked, smoke\r\n\r\n0\r\n\r\n`, [400, 501]],
  ['a chunk whose length is none', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"text":"x"}\r\n0\r\n\r\n`, 400],
  [
    'a chunk that is longer than it says',
    `${post}Transfer-Encoding: chunked\r\n\r\n3\r\n{"text":"x"}\r\n0\r\n\r\n`,
    400,
  ],
] as const) {
  test(`a socket that sends ${name} gets problem details and is hung up on`, async () => {
    const answer = firstAnswer(await sendRaw(url, bytes));
    if (answer.status !== 200) assertProblem(answer, status);
    assert.deepEqual(await fingerprint(api), before);
  });
}

for (const [name, bytes, status] of [
  ['what is no HTTP', 'hello\r\n\r\n', 400],
  ['too long headers', `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['no Host', 'GET /messages HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', `GET /messages HTTP/1.1\r\n${host}${host}\r\n`, 400],
  ['a path that cannot be read', `GET /user/%ff HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, 400],
  ['an address that is none', `GET http://[x/ HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, 400],
  ['no path', `OPTIONS * HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, 404],
  ['a long path', `GET /user/${'x'.repeat(5000)} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, 404],
] as const) {
  test(`the answer to ${name} says of itself what every answer does`, async () => {
    const answer = firstAnswer(await sendRaw(url, bytes));
    assertProblem(answer, status);
    assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.ok(answer.headers.get('vary'), 'Vary');
    assert.ok(answer.headers.get('date'), 'Date');
  });
}

test('a server that cannot know its names takes no two of them either', async (t) => {
  const { url: everywhere } = await startTestServer(t, { host: '0.0.0.0' });
  const alive = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';
  for (const hosts of ['Host: localhost\r\nHost: elsewhere.example', 'Host: localhost, elsewhere.example']) {
    for (const before of ['', alive]) {
      const received = await sendRaw(everywhere, `${before}GET /messages HTTP/1.1\r\n${hosts}\r\n\r\n`);
      assertProblem(firstAnswer(received.split(/(?=HTTP\/1\.1 \d{3} )/).at(-1) ?? ''), 400);
    }
  }
});

for (const [name, bytes] of [
  ['in a header', `${post}Content-Le`],
  ['in its body', `${post}Content-Length: 100\r\n\r\n{"text":"x"}`],
  ['in a chunk', `${post}Transfer-Encoding: chunked\r\n\r\n64\r\n{"text":"x"}`],
  ['before the last chunk', `${post}Transfer-Encoding: chunked\r\n\r\nc\r\n{"text":"x"}\r\n`],
] as const) {
  test(`a post that breaks off ${name} posts nothing`, async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.resume().end(bytes);
    await once(socket, 'close');

    assert.deepEqual(await fingerprint(api), before);
  });
}

test('a CONNECT opens no way through', async () => {
  const received = await sendRaw(
    url,
    `CONNECT example.com:80 HTTP/1.1\r\n${host}\r\nGET /messages HTTP/1.1\r\n${host}\r\n`,
  );
  assertProblem(firstAnswer(received), 400);
  assert.equal(received.match(/HTTP\/1\.1 \d/g)?.length, 1);
  assert.deepEqual(await fingerprint(api), before);
});

test('what is asked for before a CONNECT is answered before it', async () => {
  const ask = `GET /user/kitten HTTP/1.1\r\n${host}Cookie: a=b\r\n\r\n`;
  const received = await sendRaw(url, `${ask}CONNECT example.com:80 HTTP/1.1\r\n${host}\r\n`);
  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('what nobody knows to be expected is not heeded', async () => {
  const expect = `${host}Expect: wonders\r\nConnection: close\r\n`;
  assert.equal(firstAnswer(await sendRaw(url, `GET /user/kitten HTTP/1.1\r\n${expect}\r\n`)).status, 200);
  assertProblem(firstAnswer(await sendRaw(url, `GET /nothing HTTP/1.1\r\n${expect}\r\n`)), 404);
});

test('an upgrade to something else is not made', async () => {
  const ask = `GET /messages HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const received = await sendRaw(url, ask, (text) => text.includes('\r\n\r\n') && text.endsWith(']'));
  assert.equal(firstAnswer(received).status, 200, received);
});

test('a request inside the body of another is not heard', async () => {
  const inner = `DELETE /message/1 HTTP/1.1\r\n${host}Authorization: ${basic(kitten)}\r\n\r\n`;
  const ask = `GET /messages HTTP/1.1\r\n${host}Connection: close\r\nContent-Type: application/json\r\n`;
  const received = await sendRaw(url, `${ask}Content-Length: ${inner.length}\r\n\r\n${inner}`);

  assert.equal(firstAnswer(received).status, 400);
  assert.equal(received.match(/HTTP\/1\.1 \d/g)?.length, 1);
  assert.deepEqual(await fingerprint(api), before);
});

test('two requests in one breath are answered in their order', async () => {
  const ask = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${host}${more}\r\n`;
  const received = await sendRaw(url, ask('/user/kitten') + ask('/nothing', 'Connection: close\r\n'));
  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 404']);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { basic, bearer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startProgram } from './support/program.ts';
import { startTestServer, type TestServerOptions } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

test('each request is a line: who asked for what, how it was answered, and how long it took', async (t) => {
  const { api, url, lines } = await startLogged(t);
  const kitten = await api.signUp('kitten');
  const { token } = await api.logIn(kitten);
  await api.say(kitten, 'By the short way.');
  await api.post('/message', { text: 'By the routes.' }, { as: kitten, headers: { 'idempotency-key': 'a' } });
  await api.get('/message/1', { headers: bearer(token) });
  await api.get('/messages?limit=5', { headers: { cookie: `msgboard_session=${token}` } });
  await api.get('/message/99');
  await api.get('/%');
  await api.post('/message', { text: 'Wrong.' }, { headers: { authorization: basic({ ...kitten, password: 'x' }) } });
  const stream = await openStream(url, '/stream', { headers: { authorization: basic(kitten) } });
  await stream.cursor();
  stream.cut();

  const seen = [
    'POST /user 201 undefined',
    'POST /session 201 undefined',
    'POST /message 201 kitten',
    'POST /message 201 kitten',
    'GET /message/1 200 kitten',
    'GET /messages 200 kitten',
    'GET /message/99 404 undefined',
    'GET /% 400 undefined',
    'POST /message 401 undefined',
    'GET /stream 200 kitten',
  ];
  await eventually(() =>
    assert.deepEqual(
      requestsIn(lines).map(({ method, path, status, user }) => `${method} ${path} ${status} ${user}`),
      seen,
    ),
  );
  for (const { time, level, reqId, ms, ip } of requestsIn(lines)) {
    assert.equal(new Date(String(time)).toISOString(), time);
    assert.equal(level, 'info');
    assert.match(String(reqId), /^[\da-f-]{36}$/);
    assert.ok(typeof ms === 'number' && ms > 0, `${ms}`);
    assert.equal(ip, '127.0.0.1');
  }
});

test('who hangs up before the answer is a line too', async (t) => {
  const { url, lines } = await startLogged(t);
  const gone = new AbortController();
  const asked = fetch(`${url}/stream?wait=30`, { signal: gone.signal });
  // Only an open stream has been asked for by now.
  await eventually(async () => assert.match(await (await fetch(`${url}/metrics`)).text(), /http_requests_total\{/));
  gone.abort();
  await assert.rejects(asked);
  await eventually(() => assert.ok(requestsIn(lines).some(({ path, status }) => path === '/stream' && status === 499)));
});

for (const [way, special] of [
  ['by the short way', ''],
  ['by the routes', 'Cookie: a=b\r\n'],
] as const) {
  test(`${way}, so are who sends half a body and who is gone once the whole has come`, async (t) => {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const { api, url, lines } = await startLogged(t, {
      async beforePost(draft) {
        asked.resolve();
        await gone.promise;
        return draft;
      },
    });
    const kitten = await api.signUp('kitten');
    const head = `POST /message HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(kitten)}\r\nContent-Type: application/json\r\n${special}Content-Length: 16\r\n\r\n`;
    const posted = async () => {
      await eventually(() => assert.equal(requestsIn(lines).filter(({ path }) => path === '/message').length, 1));
      const line = requestsIn(lines).find(({ path }) => path === '/message');
      lines.length = 0;
      return line?.['status'];
    };

    const half = connect(Number(new URL(url).port), 'localhost', () => half.write(`${head}{"text"`));
    await once(half, 'ready');
    // So that it has come.
    await api.get('/messages');
    half.resetAndDestroy();
    assert.equal(await posted(), 499);

    const whole = connect(Number(new URL(url).port), 'localhost', () => whole.write(`${head}{"text":"Meow."}`));
    await asked.promise;
    whole.resetAndDestroy();
    // So that it has gone.
    await api.get('/messages');
    gone.resolve();
    assert.equal(await posted(), 499);
    assert.match(await (await fetch(`${url}/metrics`)).text(), /route="\/message",status="499"\} 2\n/);
    await eventually(async () => assert.equal((await api.board()).length, 1));
  });
}

for (const [way, headers] of [
  ['by the short way', {}],
  ['by the routes', { cookie: 'a=b' }],
] as const) {
  test(`${way}, ids and traces that are given are kept, and others are made`, async (t) => {
    const { api, lines } = await startLogged(t);
    for (const [id, traceparent] of [
      ['a-proxy/1:2.3', `00-${TRACE}-b7ad6b7169203331-01`],
      ['later', `cc-${TRACE}-b7ad6b7169203331-01-what-the-future-will-bring`],
      ['no trace', `ff-${TRACE}-b7ad6b7169203331-01`],
      ['x'.repeat(129), `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
      ['"}', `00-${TRACE}-${'0'.repeat(16)}-01`],
      ['', `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`],
    ] as const) {
      await api.get('/message/1', { headers: { ...headers, 'x-request-id': id, traceparent } });
    }
    await eventually(() => assert.equal(requestsIn(lines).length, 6));
    assert.deepEqual(
      requestsIn(lines).map(({ reqId, traceId }) => [String(reqId).replace(/^[\da-f-]{36}$/, 'made'), traceId]),
      [
        ['a-proxy/1:2.3', TRACE],
        ['later', TRACE],
        ['made', undefined],
        ['made', undefined],
        ['made', undefined],
        ['made', undefined],
      ],
    );
  });

  test(`${way}, a fault has the id of its request, which is told to whoever asked`, async (t) => {
    const { api, database, lines } = await startLogged(t);
    const file = new DatabaseSync(database.file);
    file.exec('drop table messages');
    file.close();
    const answer = await api.get('/message/1', { headers });
    assertProblem(answer, 500);
    const id = answer.headers.get('x-request-id');
    await eventually(() => {
      assert.deepEqual(
        linesIn(lines)
          .filter(({ reqId }) => reqId === id)
          .map(({ level }) => level),
        ['error', 'info'],
      );
    });
  });
}

test('whoever is turned away as the board closes is a warning without a stack', async (t) => {
  const { api, board, lines } = await startLogged(t);
  await board.endStreams();
  const answers = [await api.get('/stream'), await api.get('/stream', { headers: { cookie: 'a=b' } })];
  for (const answer of answers) assertProblem(answer, 503);
  const ids = answers.map(({ headers }) => headers.get('x-request-id'));
  await eventually(() => assert.equal(requestsIn(lines).length, 2));
  assert.deepEqual(
    linesIn(lines)
      .filter(({ level }) => level !== 'info')
      .map(({ level, reqId, err }) => [level, reqId, err]),
    ids.map((id) => ['warn', id, undefined]),
  );
});

test('a path is shortened, and in ASCII', async (t) => {
  const { url, lines } = await startLogged(t);
  await fetch(`${url}/${'x'.repeat(2000)}?${'y'.repeat(2000)}`);
  await eventually(() => assert.equal(requestsIn(lines)[0]?.['path'], `/${'x'.repeat(255)}`));
});

test('the program logs JSON and nothing else, or what people read, or what is amiss alone', async (t) => {
  const { url } = await temporaryDatabase(t);
  const logOf = async (...how: string[]) => {
    const program = await startProgram(t, ['--port', '0', '--database', url, ...how]);
    await program.api.get('/messages?limit=3');
    await program.end('SIGTERM');
    return program.output();
  };
  for (const how of [[], ['--log', 'json']]) {
    const paths = linesIn([await logOf(...how)]).map(({ path, msg }) => path ?? msg);
    assert.equal(paths[1], '/messages', `${paths}`);
    assert.equal(paths.length, 3, `${paths}`);
  }
  assert.match(await logOf('--log', 'pretty'), /^\d\d:\d\d:\d\d 200 GET \/messages [\d.]+ ms 127\.0\.0\.1$/m);
  assert.doesNotMatch(await logOf('--log', 'off'), /\/messages |"path"|info/);
});

/** A server of which the log is kept. */
async function startLogged(t: test.TestContext, options: TestServerOptions = {}) {
  const lines: string[] = [];
  const server = await startTestServer(t, { ...options, log: { write: (line) => void lines.push(line) } });
  return { ...server, lines };
}

function linesIn(lines: readonly string[]): Record<string, unknown>[] {
  return lines
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function requestsIn(lines: readonly string[]): Record<string, unknown>[] {
  return linesIn(lines).filter(({ method }) => method !== undefined);
}

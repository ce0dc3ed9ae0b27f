import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect } from '../src/remote/connect.ts';
import type { Credentials } from '../src/remote/credentials.ts';
import { shareStream } from '../src/remote/share-stream.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { startCuttableProxy } from './support/cuttable-proxy.ts';
import { eventually } from './support/eventually.ts';
import { Listener } from './support/listener.ts';
import { startTestServer } from './support/server.ts';

test('what is posted through a network that breaks is posted once', async (t) => {
  const { url, api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const proxy = await startCuttableProxy(t, url);
  const client = connect(proxy.url, kitten);
  const texts = Array.from({ length: 25 }, (_, n) => `${n}`);

  for (const [n, text] of texts.entries()) {
    // Before the answer, within its head, within its body, or after it.
    proxy.cutAfter((n % 5) * 220);
    const posted = await client.messages.post({ text });
    assert.equal(posted.text, text);
  }
  proxy.cutAfter(null);
  assert.deepEqual(
    (await api.board()).map(({ text }) => text),
    texts,
  );
});

test('a board that cannot be reached is unavailable, in the end', async (t) => {
  const server = await startTestServer(t);
  await server.close();
  const client = connect(server.url, undefined, { retryFor: 300 });

  await assert.rejects(client.messages.list(), { name: 'BoardError', code: 'unavailable' });
  await assert.rejects(client.messages.post({ text: 'x' }), { name: 'BoardError', code: 'unavailable' });
});

test('a call is repeated while the board is busy, not before it says', async (t) => {
  const times: number[] = [];
  const url = await answerWith(t, (_, response) => {
    times.push(performance.now());
    if (times.length === 1) response.writeHead(503, { 'retry-after': '1' }).end('<h1>Busy</h1>');
    else response.writeHead(200, { 'last-event-id': '0' }).end('[]');
  });

  assert.deepEqual((await connect(url).messages.list()).messages, []);
  assert.equal(times.length, 2);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 999);
});

for (const [status, body, code] of [
  [502, '<h1>Bad gateway</h1>', 'unavailable'],
  [413, '<h1>Too large</h1>', 'too-large'],
  [500, '{"type": "/problems/internal", "detail": "Oh."}', 'internal'],
  [418, '', 'bad-input'],
  [200, '<h1>Welcome to the hotel!</h1>', 'unavailable'],
] as const) {
  test(`an answer with ${status} ${body} is ${code}`, async (t) => {
    const url = await answerWith(t, (_, response) => response.writeHead(status).end(body));
    const client = connect(url, undefined, { retryFor: 0 });
    await assert.rejects(client.messages.list(), { name: 'BoardError', code });
  });
}

test('credentials are asked for when they are needed, and renewed once for all', async (t) => {
  const { url, api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const given: Credentials[] = [];
  const client = connect(url, async () => {
    given.push(given.length === 0 ? { username: 'kitten', password: 'old' } : kitten);
    return given.at(-1) ?? null;
  });
  assert.equal(given.length, 0);

  await Promise.all(['1', '2', '3'].map((text) => client.messages.post({ text })));
  assert.equal(given.length, 2);
  await assert.rejects(connect(url, () => ({ username: 'kitten', password: 'old' })).users.me(), {
    code: 'unauthorized',
  });
});

test('a stream outlives its connection', async (t) => {
  const first = await startTestServer(t);
  const proxy = await startCuttableProxy(t, first.url);
  await first.api.signUp('kitten');
  const faults: string[] = [];
  const client = connect(proxy.url, { username: 'kitten', password: 'yarn' });
  const listener = new Listener(t, client, { cursor: '0' }, { idle: true, onFault: ({ code }) => faults.push(code) });
  assert.equal((await listener.take(1))[0]?.type, 'idle');
  proxy.cut();

  assert.equal((await listener.take(1))[0]?.type, 'idle');
  assert.deepEqual(faults, ['unavailable']);
  const posted = await client.messages.post({ text: 'back' });
  assert.deepEqual((await listener.take(1))[0]?.message, posted);
});

test('a stream whose opening is never answered is opened again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const [opened, given] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let times = 0;
  const fetch = async (_: string, { signal }: RequestInit) => {
    opened.resolve();
    if (times++ > 0) {
      const headers = { 'content-type': 'application/x-ndjson' };
      return new Response('{"cursor":"0-e1","type":"idle","message":null}\n', { headers });
    }
    return new Promise<Response>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  const client = connect('http://board/', undefined, { fetch });
  const stream = client.stream({ cursor: '0' }, { idle: true, onFault: () => given.resolve() });
  const first = stream[Symbol.asyncIterator]().next();
  await opened.promise;
  t.mock.timers.tick(30_000);
  await given.promise;
  t.mock.timers.tick(500);

  assert.equal((await first).value?.type, 'idle');
});

test('tabs share one stream, and another goes on when its own closes', async (t) => {
  const { url, api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  let open = 0;
  const tabs = ['a', 'b', 'c'].map((name) => {
    const stop = new AbortController();
    const told: string[] = [];
    const client = shareStream(connect(url, undefined, { fetch: counting }), url);
    const ended = (async () => {
      for await (const { type, message } of client.stream({ cursor: '0' }, { signal: stop.signal })) {
        told.push(`${type} ${type === 'message' ? message.text : message?.id}`);
      }
    })();
    const close = async () => {
      stop.abort();
      await ended;
    };
    atEnd(t, close);
    return { name, told, close };
  });
  const wanted: string[] = [];
  const say = async (text: string) => {
    await api.say(kitten, text);
    wanted.push(`message ${text}`);
  };
  const hear = (heard: typeof tabs) =>
    eventually(() => {
      for (const { name, told } of heard) assert.deepEqual([name, told], [name, wanted]);
      assert.equal(open, 1);
    });

  await say('before');
  await hear(tabs);
  await say('to all');
  await hear(tabs);
  // The first to ask leads.
  await tabs[0]?.close();
  await say('meanwhile');
  await hear(tabs.slice(1));
  await tabs[1]?.close();
  await say('at last');
  await hear(tabs.slice(2));

  async function counting(target: string, init: RequestInit): Promise<Response> {
    if (target.includes('poll=1')) return fetch(target, init);
    open++;
    init.signal?.addEventListener('abort', () => open--);
    return fetch(target, init);
  }
});

/** A server that is no board. */
async function answerWith(scope: Scope, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(scope, async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

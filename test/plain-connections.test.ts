/** By a connection on which all is plain, requests are answered past Node's HTTP server, and as it would: in order, each once, whatever comes between. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { basic } from './support/api.ts';
import { eventually, within } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';

const { api, board, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
await api.say(kitten, 'The first.');
await api.say(kitten, 'The second.');

const HEAD = 'Host: localhost\r\n';
const get = (path: string, fields = '') => `GET ${path} HTTP/1.1\r\n${HEAD}${fields}\r\n`;
const post = (text: string, fields = '') => {
  const body = JSON.stringify({ text });
  const length = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `POST /message HTTP/1.1\r\n${HEAD}Authorization: ${basic(kitten)}\r\n${length}${fields}\r\n${body}`;
};
/** Plain but for this. */
const COOKIE = 'Cookie: a=b\r\n';

test('plain requests go past the HTTP server, and from the first odd one on all go to it', async () => {
  const seen: string[] = [];
  const hear = (message: unknown) => seen.push((message as { request: { url: string } }).request.url);
  subscribe('http.server.request.start', hear);
  try {
    const line = await open();
    for (const path of ['/message/1', '/messages', '/message/2?', '/message/1']) await line.ask(get(path));
    assert.deepEqual(seen, ['/message/2?', '/message/1']);
    line.socket.destroy();
  } finally {
    unsubscribe('http.server.request.start', hear);
  }
});

test('both say the same of their connection', async () => {
  const connectionOf = (answer: string) => answer.match(/^(?:connection|keep-alive): .*$/gim);
  const line = await open();
  const [plain, odd] = [await line.ask(get('/message/1')), await line.ask(get('/message/1', COOKIE))];
  assert.deepEqual(connectionOf(plain), ['Connection: keep-alive', 'Keep-Alive: timeout=72']);
  assert.deepEqual(connectionOf(plain), connectionOf(odd));
  assert.match(plain, /^Date: (.+ GMT)\r$/m);
  line.socket.destroy();
});

for (const [name, fields] of [
  ['plain', ['', '', '', '', '', '']],
  ['plain at first', ['', '', '', COOKIE, '', '']],
  ['plain in the middle', [COOKIE, '', '', '', COOKIE, '']],
] as const) {
  test(`what comes in one breath is answered in order, where it is ${name}`, async () => {
    const texts = ['Miau 🐈', 'Purr', 'Hiss'].map((text) => `${text} ${name}`);
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = fields;
    const [one = '', two = '', three = ''] = texts;
    const line = await open();
    line.socket.write(
      post(one, a) +
        get('/message/1', b) +
        post(two, c) +
        get('/message/999999', d) +
        post(three, e) +
        get('/message/2', f),
    );
    const answers: string[] = [];
    while (answers.length < 6) answers.push(await line.answer());
    assert.deepEqual(
      answers.map((answer) => `${statusOf(answer)} ${(JSON.parse(bodyOf(answer)) as { text?: string }).text}`),
      [`201 ${one}`, '200 The first.', `201 ${two}`, '404 undefined', `201 ${three}`, '200 The second.'],
    );
    const { messages } = await board.as().messages.list({ limit: 100 });
    for (const text of texts) assert.equal(messages.filter((message) => message.text === text).length, 1, text);
    line.socket.destroy();
  });
}

test('whoever asks much and reads late gets every answer, in order', async () => {
  const line = await open();
  line.socket.pause();
  const paths = Array.from({ length: 3000 }, (_, n) =>
    n % 3 === 0 ? '/messages?limit=100' : `/message/${(n % 2) + 1}`,
  );
  line.socket.write(paths.map((path) => get(path)).join(''));
  await sleep(300);
  line.socket.resume();
  for (const path of paths) {
    const body: unknown = JSON.parse(bodyOf(await line.answer()));
    assert.equal(Array.isArray(body) ? '/messages?limit=100' : `/message/${(body as { id: number }).id}`, path);
  }
  line.socket.destroy();
});

test('a request in pieces is answered, and what comes after it', async () => {
  const bytes = post('In pieces 🐈');
  const whole = Buffer.from(bytes);
  for (const at of [1, 20, bytes.indexOf('\r\n\r\n') + 2, bytes.indexOf('\r\n\r\n') + 4, whole.length - 1]) {
    const line = await open();
    await line.ask(get('/message/1'));
    line.socket.write(whole.subarray(0, at));
    await sleep(20);
    line.socket.write(whole.subarray(at));
    assert.equal(statusOf(await line.answer()), 201, `${at}`);
    assert.equal(statusOf(await line.ask(get('/message/1'))), 200, `${at}`);
    line.socket.destroy();
  }
});

test('whoever says that they will send no more is answered, and hung up on', async () => {
  for (const bytes of [post('The last.'), get('/message/1')]) {
    const line = await open();
    const closed = once(line.socket, 'close');
    line.socket.end(bytes);
    assert.match(await line.answer(), /^HTTP\/1\.1 20[01] /);
    await within(closed, () => `an end after ${bytes}`);
  }
});

test('a stream that is asked for behind a message, by whoever says no more, is not kept', async () => {
  const line = await open();
  const closed = once(line.socket, 'close');
  line.socket.end(post('Before the stream.') + get('/stream'));
  assert.equal(statusOf(await line.answer()), 201);
  await within(closed, () => 'an end');
  await eventually(() => assert.equal(board.openStreams, 0));
});

test('of a request that is cut off nothing is done', async () => {
  const line = await open();
  const closed = once(line.socket, 'close');
  await line.ask(get('/message/1'));
  line.socket.end(post('Cut off.').slice(0, -3));
  assert.equal(statusOf(await line.answer()), 400);
  await within(closed, () => 'an end');
  const { messages } = await board.as().messages.list({ limit: 100, order: 'desc' });
  assert.ok(messages.every(({ text }) => text !== 'Cut off.'));
});

test('whoever is gone before they are answered is no trouble to anybody', async () => {
  for (const end of ['destroy', 'resetAndDestroy'] as const) {
    const line = await open();
    line.socket.write(post(`Gone by ${end}`));
    await sleep(1);
    line.socket[end]();
  }
  assert.equal((await api.get('/message/1')).status, 200);
});

test('a server that ends answers what was asked, and hangs up', async (t) => {
  const server = await startTestServer(t);
  await server.api.signUp('kitten', kitten);
  const [asking, idle] = [await open(server.url), await open(server.url)];
  await idle.ask(get('/messages'));
  await asking.ask(get('/messages'));
  const closed = [asking, idle].map(({ socket }) => once(socket, 'close'));
  asking.socket.write(post('To the end.'));
  await eventually(async () => assert.equal((await server.board.as().messages.list({})).messages.length, 1));
  await server.close();
  assert.equal(statusOf(await asking.answer()), 201);
  await within(Promise.all(closed), () => 'an end of both');
});

test('what waits behind a request as the server closes is answered or not done', async (t) => {
  for (const milliseconds of [2, 10, 40]) {
    const server = await startTestServer(t);
    await server.api.signUp('kitten', kitten);
    const line = await open(server.url);
    await line.ask(get('/messages'));
    let heard = 0;
    line.socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString().match(/HTTP\/1\.1 201 /g)?.length ?? 0;
    });
    const closed = once(line.socket, 'close');
    for (let n = 0; n < 300; n++) line.socket.write(post(`${n}`));
    await sleep(milliseconds);
    await server.close();
    await within(closed, () => 'an end');

    const again = await startTestServer(t, { database: server.database });
    const { messages } = await again.board.as().messages.list({ order: 'desc', limit: 1 });
    assert.equal(heard, messages[0]?.id ?? 0);
  }
});

test('a connection that is idle stays open for as long as it is told, and no longer', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const server = await startTestServer(t);
  const line = await open(server.url);
  for (const seconds of [70, 70]) {
    assert.equal(statusOf(await line.ask(get('/messages'))), 200);
    t.mock.timers.tick(seconds * 1000);
  }
  const closed = once(line.socket, 'close');
  t.mock.timers.tick(5000);
  await within(closed, () => 'an end');
  t.mock.timers.reset();
});

/** A connection, and the answers that come by it one after the other. */
async function open(to = url) {
  const { hostname, port } = new URL(to);
  const socket: Socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  let wake = () => {};
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  await once(socket, 'connect');

  const answer = async (): Promise<string> => {
    for (;;) {
      const start = received.indexOf('\r\n\r\n') + 4;
      const length = Number(
        /^content-length: (\d+)\r$/im.exec(received.toString('latin1', 0, Math.max(start, 0)))?.[1],
      );
      if (start > 3 && received.length >= start + length) {
        const whole = received.toString('utf8', 0, start + length);
        received = received.subarray(start + length);
        return whole;
      }
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await within(more, () => `an answer after ${JSON.stringify(received.toString().slice(0, 300))}`);
    }
  };
  const ask = (bytes: string) => {
    socket.write(bytes);
    return answer();
  };
  return { socket, answer, ask };
}

function statusOf(answer: string): number {
  return Number(answer.slice(9, 12));
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

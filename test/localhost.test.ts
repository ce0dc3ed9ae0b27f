/** `localhost` may be several addresses. What holds for one of them holds for all. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import test, { type TestContext } from 'node:test';
import { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { preloaded, startProgram } from './support/program.ts';
import { firstAnswer, sendRaw } from './support/raw-socket.ts';
import { openStream } from './support/stream-reader.ts';

const hasBoth = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const skip = !hasBoth && 'this machine has no ::1';
const STAY = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';
const ASK = STAY.replace(/\r\n$/, 'Connection: close\r\n\r\n');

test('each address answers, refuses and ends as the other does', { skip }, async (t) => {
  const { program, urls } = await start(t);
  const kitten = await program.api.signUp('kitten');
  for (const url of urls) {
    const api = new Api(url);
    const reader = await openStream(url);
    const { id } = await api.say(kitten, `by ${url}`);
    assert.equal((await api.get(`/message/${id}`)).status, 200);
    assert.equal((await reader.next()).type, 'message');
    reader.cut();

    assertProblem(firstAnswer(await sendRaw(url, 'no HTTP\r\n\r\n')), 400);
    const hostless = await sendRaw(url, `GET /messages HTTP/1.1\r\n\r\n${ASK}`);
    assert.deepEqual(hostless.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 400']);
  }
  const readers = await Promise.all(urls.map((url) => openStream(url)));
  assert.deepEqual(await program.end('SIGTERM'), { code: 0, signal: null });
  for (const reader of readers) assert.equal(await reader.ended, 'end');
});

test('connections by all addresses are counted together', { skip }, async (t) => {
  const { urls } = await start(t, { MSGBOARD_RATE_LIMIT: 'on', MSGBOARD_LIMIT: 'connections=3' });
  const held: Socket[] = [];
  for (const url of [...urls, ...urls.slice(1)]) {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''));
    atEnd(t, () => void socket.destroy());
    socket.write(STAY);
    await once(socket, 'data');
    held.push(socket);
  }
  for (const url of urls) await eventually(async () => assert.equal(await sendRaw(url, ASK), '', `a fourth by ${url}`));
  held.pop()?.destroy();
  for (const url of urls) await eventually(async () => assert.match(await sendRaw(url, ASK), /^HTTP\/1\.1 200/));
});

async function start(t: TestContext, env: Readonly<Record<string, string>> = {}) {
  const { url } = await temporaryDatabase(t);
  const args = ['--port', '0', '--database', url];
  const program = await startProgram(t, args, { env: { ...preloaded('two-addresses'), ...env } });
  const { port } = new URL(program.url);
  return { program, urls: [`http://127.0.0.1:${port}`, `http://[::1]:${port}`] };
}

/** A server listens by several sockets at its port, and is alone there all the same. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { startServer } from '../src/serve.ts';
import { atEnd } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';

const canShare = process.platform === 'linux';

test('a board is refused at a port where another is, by whichever address', async (t) => {
  for (const [host, others] of [
    ['127.0.0.1', ['127.0.0.1', 'localhost', '0.0.0.0']],
    ['0.0.0.0', ['127.0.0.1', '0.0.0.0']],
  ] as const) {
    const { url } = await startTestServer(t, { host });
    for (const other of others) await assert.rejects(start(other, portOf(url)), { code: 'EADDRINUSE' }, other);
    assert.equal((await fetch(`${url}/health`)).status, 200);
  }
});

test('a board is refused at a port where another program is, and leaves it as it was', async (t) => {
  const program = createServer().listen(0, '127.0.0.1');
  await once(program, 'listening');
  atEnd(t, () => void program.close());
  const { port } = program.address() as AddressInfo;
  for (let n = 0; n < 2; n++) await assert.rejects(start('127.0.0.1', port), { code: 'EADDRINUSE' });
  program.close();
  await startTestServer(t, { port });
});

test('two boards may have one port at different addresses', { skip: !canShare }, async (t) => {
  const first = await startTestServer(t);
  const second = await startTestServer(t, { host: '127.0.0.2', port: portOf(first.url) });
  for (const { url } of [first, second]) assert.equal((await fetch(`${url}/health`)).status, 200);
});

test('whoever connects waits in one of several queues', { skip: !canShare }, async (t) => {
  const { url } = await startTestServer(t);
  const local = `0100007F:${portOf(url).toString(16).toUpperCase().padStart(4, '0')}`;
  await eventually(async () => {
    const sockets = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
    const listening = sockets.filter(([, address, , state]) => address === local && state === '0A');
    assert.ok(listening.length > 1);
  });
});

function start(host: string, port = 0) {
  return startServer({ database: 'sqlite::memory:', host, port });
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

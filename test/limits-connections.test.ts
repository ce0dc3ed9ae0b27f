import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import { eventually } from './support/eventually.ts';
import { startLimited } from './support/limited.ts';
import { sendRaw } from './support/raw-socket.ts';

const ASK = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

test('one connection more than there may be is hung up on, and those that are there are served', async (t) => {
  const { url } = await startLimited(t, { connections: '3' });
  const { hostname, port } = new URL(url);
  const held = [1, 2].map(() => connect(Number(port), hostname));
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  const [last, ...others] = held;

  await eventually(async () => assert.match(await sendRaw(url, ASK), /^HTTP\/1\.1 200/, 'the third'));
  const third = connect(Number(port), hostname);
  await once(third, 'connect');
  await eventually(async () => assert.equal(await sendRaw(url, ASK), '', 'the fourth'));
  third.write(ASK);
  const [answer] = await once(third, 'data');
  assert.match(String(answer), /^HTTP\/1\.1 200/);
  last?.destroy();
  await eventually(async () => assert.match(await sendRaw(url, ASK), /^HTTP\/1\.1 200/, 'there is room again'));
  for (const socket of [...others, third]) socket.destroy();
});

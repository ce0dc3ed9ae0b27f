import assert from 'node:assert/strict';
import test from 'node:test';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { assertProblem } from './support/problem.ts';
import { startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { openStream } from './support/stream-reader.ts';

test('after SIGTERM it serves on, and is not ready, for as long as --drain says', async (t) => {
  const { url: database } = await temporaryDatabase(t);
  const { api, url, send, end } = await startProgram(t, ['--port', '0', '--database', database, '--drain', '3600']);
  const kitten = await api.signUp('kitten');
  const stream = await openStream(url, '/stream');
  assert.deepEqual((await api.get('/health/ready')).body, { status: 'ok' });

  await send('SIGTERM');
  await eventually(async () => {
    const ready = await api.get<{ reason: string }>('/health/ready');
    assertProblem(ready, 503);
    assert.deepEqual([ready.body.reason, ready.headers.get('connection')], ['draining', 'close']);
    assert.ok(ready.headers.get('retry-after'));
  });
  assert.deepEqual((await api.get('/health/live')).body, { status: 'ok' });
  const { id } = await api.say(kitten, 'Am I still heard?');
  assert.equal((await stream.next()).message?.id, id);
  for (const path of ['/user/nobody', '/messages?colour=grey'])
    assert.equal((await api.get(path)).headers.get('connection'), 'close', path);
  // The second signal is for who does not want to wait.
  assert.equal((await end('SIGTERM')).code, 1);
});

test('Ctrl-C waits for no proxy', async (t) => {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url, '--drain', '3600']);
  assert.equal((await program.end('SIGINT')).code, 0);
});

test('a server whose database is away is alive and not ready, and says why', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const server = await PRIVATE_SERVERS.postgres.start(t);
  const { api } = await startTestServer(t, { database: await temporaryDatabase(t, server.url) });
  assert.equal((await api.get('/health/ready')).status, 200);

  await server.crash();
  const ready = await api.get<{ reason: string }>('/health/ready');
  assertProblem(ready, 503);
  assert.equal(ready.body.reason, 'database');
  assert.equal((await api.get('/health/live')).status, 200);

  await server.start();
  await eventually(async () => assert.equal((await api.get('/health/ready')).status, 200));
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { castByPassword, operatorToken } from './support/cast.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const server = await startTestServer(test, { operatorToken, read: 'members' });
const { api } = server;
const { headers } = await castByPassword(server);

test('who may not set a password of others has none hashed', async () => {
  for (const as of ['other', 'moderator'] as const) {
    // More than may wait for a core: if they were hashed, some would be answered 503.
    const attempts = Array.from({ length: 300 }, () =>
      api.patch('/user/author', { password: 'mine now' }, { headers: headers[as] }),
    );
    for (const answer of await Promise.all(attempts)) assertProblem(answer, 403);
  }
});

test('who is banned is told so when they log in by their name', async () => {
  const refusal = assertProblem(await api.post('/session', { username: 'banned', password: 'yarn' }), 401);
  assert.match(refusal.detail, /banned/);
  const wrong = assertProblem(await api.post('/session', { username: 'banned', password: 'wool' }), 401);
  assert.doesNotMatch(wrong.detail, /banned/, 'only who knows the password is told of the ban');
});

test('the HEAD of a stream is refused where the stream would be', async () => {
  for (const [path, status] of [
    ['/stream', 401],
    ['/stream?token=msgboard_stream_made_up', 401],
  ] as const) {
    assert.equal((await api.call('HEAD', path)).status, status, path);
  }
  for (const [path, status] of [
    ['/stream', 200],
    ['/stream?after=0', 200],
    ['/stream?user=whom-nobody-knows', 400],
    ['/stream?after=yesterday', 400],
  ] as const) {
    assert.equal((await api.call('HEAD', path, { headers: headers.other })).status, status, path);
  }
});

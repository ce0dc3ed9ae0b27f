import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard, startServer } from '../src/index.ts';
import type { Session } from '../src/model/session.ts';
import type { User } from '../src/model/user.ts';
import { bearer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { assertProblem } from './support/problem.ts';
import { runToEnd, startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const operatorToken = 'operator-secret-9f2c61';
const { api, url } = await startTestServer(test, { operatorToken });
const operator = { headers: bearer(operatorToken) };
const kitten = await api.signUp('kitten');
const puppy = await api.signUp('puppy');

test('the operator makes an account without a password, which no password opens', async () => {
  const answer = await api.post<User>('/user', { username: 'guest', bio: 'From elsewhere.' }, operator);
  assert.deepEqual([answer.status, answer.body.username, answer.body.bio], [201, 'guest', 'From elsewhere.']);
  for (const password of ['', 'null', 'guest']) {
    assertProblem(await api.get('/session', { as: { username: 'guest', password } }), 401);
  }
  assertProblem(await api.post('/session', { username: 'guest', password: '' }), 401);
});

test('everybody else needs a password to sign up', async () => {
  assertProblem(await api.post('/user', { username: 'cat' }), 400, 'password');
  assertProblem(await api.post('/user', { username: 'cat' }, { as: kitten }), 400, 'password');
});

test('the operator opens a session for anyone, by name alone', async () => {
  const { status, body } = await api.post<Session>('/session', { username: 'kitten' }, operator);
  assert.equal(status, 201);
  const as = { headers: bearer(body.token) };
  assert.equal((await api.post('/message', { text: 'I love kittens!' }, as)).status, 201);

  const stream = await api.post<Session>('/session', { username: 'puppy', stream: true }, operator);
  const reader = await openStream(url, `/stream?token=${stream.body.token}`);
  await reader.cursor();
  const { id } = await api.say(kitten, { text: 'Between us.', to: ['puppy'] });
  assert.equal((await reader.next()).message?.id, id);
  reader.cut();
});

test('a password that the operator sends along is checked', async () => {
  assertProblem(await api.post('/session', { ...kitten, password: 'wool' }, operator), 401);
  assert.equal((await api.post('/session', kitten, operator)).status, 201);
});

for (const [name, json, path] of [
  ['nobody', {}, 'username'],
  ['whom nobody knows', { username: 'nobody' }, 'username'],
] as const) {
  test(`the operator opens no session for ${name}`, async () => {
    assertProblem(await api.post('/session', json, operator), 400, path);
  });
}

test('the operator says who moderates, and who is banned', async () => {
  const made = await api.call<User>('PATCH', '/user/puppy', { ...operator, json: { moderator: true, bio: 'A mod.' } });
  assert.deepEqual([made.status, made.body.moderator, made.body.bio], [200, true, 'A mod.'], made.text);
  assert.equal(
    (await api.call<User>('PATCH', '/user/puppy', { ...operator, json: { moderator: false } })).body.moderator,
    false,
  );

  const { token } = await api.logIn(puppy);
  assert.equal((await api.call('PATCH', '/user/puppy', { ...operator, json: { banned: true } })).status, 200);
  assertProblem(await api.get('/session', { headers: bearer(token) }), 401);
  assertProblem(await api.post('/session', puppy), 401);
  assertProblem(await api.post('/session', { username: 'puppy' }, operator), 403);
  await api.call('PATCH', '/user/puppy', { ...operator, json: { banned: false } });
  assert.equal((await api.logIn(puppy)).user.username, 'puppy');
});

test('otherwise the operator is nobody on the board', async () => {
  const open = await api.say(kitten, 'to all');
  const { id } = await api.say(kitten, { text: 'Between us.', to: ['puppy'] });
  assertProblem(await api.get(`/message/${id}`, operator), 404);
  assert.equal((await api.get(`/message/${open.id}`, operator)).status, 200);
  const list = await api.get<{ id: number }[]>('/messages?limit=100', operator);
  assert.ok(!list.body.some((message) => message.id === id));

  for (const [method, path, json] of [
    ['POST', '/message', { text: 'Hi!' }],
    ['PUT', `/message/${open.id}`, { text: 'Hi!' }],
    ['GET', '/session', undefined],
    ['DELETE', '/session', undefined],
    ['DELETE', '/session?all=1', undefined],
  ] as const) {
    assertProblem(await api.call(method, path, { ...operator, json }), 403);
  }
});

for (const [name, token] of [
  ['a longer one', `${operatorToken}!`],
  ['a shorter one', operatorToken.slice(0, -1)],
  ['its cookie', null],
] as const) {
  test(`${name} is not the operator's token`, async () => {
    const headers = token === null ? { cookie: `msgboard_session=${operatorToken}` } : bearer(token);
    assertProblem(await api.post('/user', { username: 'cat' }, { headers }), 401);
  });
}

test("the operator's token is accepted in no URL", async () => {
  assertProblem(await api.get(`/stream?token=${encodeURIComponent(operatorToken)}`), 401);
});

test('a token that is too short to be a secret is refused at the start', async () => {
  for (const token of ['a'.repeat(15), 'a secret with spaces in it', 'ein Geheimnis für den Betreiber']) {
    await assert.rejects(openBoard('sqlite::memory:', { operatorToken: token }), { code: 'bad-input' });
  }
  await assert.rejects(startServer({ database: 'sqlite::memory:', port: 0, operatorToken: '' }), { code: 'bad-input' });
  const { code, output } = await runToEnd(['--port', '0', '--database', 'sqlite::memory:'], {
    env: { MSGBOARD_OPERATOR_TOKEN: 'too short' },
  });
  assert.equal(code, 2);
  assert.match(output, /MSGBOARD_OPERATOR_TOKEN.*16/);
  assert.doesNotMatch(output, /too short|\n\s+at /);
});

test('the program takes the token from its environment, and from there alone', async (t) => {
  const args = ['--port', '0', '--database', (await temporaryDatabase(t)).url];
  const program = await startProgram(t, args, { env: { MSGBOARD_OPERATOR_TOKEN: operatorToken } });
  assert.equal((await program.api.post('/user', { username: 'guest' }, operator)).status, 201);
  assert.notEqual((await runToEnd([...args, '--operator-token', operatorToken])).code, 0);
});

test('without a token there is no operator over HTTP', async (t) => {
  const { api: board } = await startTestServer(t);
  for (const token of ['', 'undefined', 'null', operatorToken]) {
    assertProblem(await board.post('/user', { username: 'cat' }, { headers: bearer(token) }), 401);
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { bearer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { assertProblem } from './support/problem.ts';
import { runToEnd, startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const operatorToken = 'operator-secret-9f2c61';
const operator = { headers: bearer(operatorToken) };

test('on a board for members, nobody else reads anything', async (t) => {
  const { api, url } = await startTestServer(t, { read: 'members', operatorToken });
  const kitten = await api.signUp('kitten');
  const { id } = await api.say(kitten, { text: 'I love kittens!', topics: ['pets'] });
  const paths = [
    '/messages',
    `/message/${id}`,
    '/message/999',
    '/user/kitten',
    '/user/nobody',
    '/users',
    '/topics',
    '/stream',
    '/stream?poll=1',
  ];

  for (const path of paths) {
    await t.test(`${path} needs credentials`, async () => {
      const answer = await api.get(path);
      assertProblem(answer, 401);
      assert.ok(answer.headers.get('www-authenticate'));
      assertProblem(await api.get(path, { headers: { accept: 'text/event-stream' } }), 401);
    });
  }

  await t.test('a member reads it all', async () => {
    const { token } = await api.logIn(kitten);
    for (const as of [{ as: kitten }, { headers: bearer(token) }]) {
      for (const path of ['/messages', `/message/${id}`, '/user/kitten', '/stream?poll=1']) {
        assert.equal((await api.get(path, as)).status, 200, path);
      }
    }
    const reader = await openStream(url, `/stream?after=0&token=${(await api.logIn(kitten, { stream: true })).token}`);
    assert.equal((await reader.next()).message?.id, id);
    reader.cut();
  });

  await t.test('so does the operator, as far as it is public', async () => {
    assert.equal((await api.get(`/message/${id}`, operator)).status, 200);
    assert.equal((await api.get('/user/kitten', operator)).status, 200);
  });

  await t.test('whether it works can be asked by anyone', async () => {
    for (const path of ['/', '/health', '/openapi.json']) assert.equal((await api.get(path)).status, 200, path);
  });
});

test('where sign-up is closed, only the operator makes accounts', async (t) => {
  const { api } = await startTestServer(t, { signup: 'closed', operatorToken });
  const refusal = assertProblem(await api.post('/user', { username: 'kitten', password: 'yarn' }), 403);
  assert.match(refusal.detail, /closed/);
  // Whether a name is taken is nobody's to find out here.
  assertProblem(await api.post('/user', { username: '!', password: 'y' }), 403);

  const kitten = { username: 'kitten', password: 'yarn' };
  assert.equal((await api.post('/user', kitten, operator)).status, 201);
  assert.equal((await api.get('/session', { as: kitten })).status, 200);
  assertProblem(await api.post('/user', { username: 'puppy', password: 'bone' }, { as: kitten }), 403);
  assert.equal((await api.get('/messages')).status, 200);
});

test('the library keeps both rules too', async (t) => {
  const { url } = await temporaryDatabase(t);
  const board = await openBoard(url, { signup: 'closed', read: 'members' });
  const draft = { username: 'kitten', password: 'yarn' };
  await assert.rejects(board.as().users.create(draft), { code: 'forbidden' });
  await board.asOperator().users.create(draft);
  await board.as('kitten').messages.post({ text: 'I love kittens!' });

  const nobody = board.as();
  for (const read of [
    () => nobody.messages.list(),
    () => nobody.messages.get(1),
    () => nobody.users.get('kitten'),
    () => nobody.users.list(),
    () => nobody.topics.list(),
    () => nobody.poll(),
  ]) {
    await assert.rejects(read(), { code: 'unauthorized' });
  }
  assert.equal((await board.as('kitten').messages.list()).messages.length, 1);
  await board.close();
});

test('both are settings of the program', async (t) => {
  const { url } = await temporaryDatabase(t);
  const args = ['--port', '0', '--database', url];
  const byOption = await startProgram(t, [...args, '--read', 'members', '--signup', 'closed']);
  assertProblem(await byOption.api.get('/messages'), 401);
  assertProblem(await byOption.api.post('/user', { username: 'kitten', password: 'yarn' }), 403);
  await byOption.end('SIGTERM');

  const byVariable = await startProgram(t, args, { env: { MSGBOARD_READ: 'members', MSGBOARD_SIGNUP: 'closed' } });
  assertProblem(await byVariable.api.get('/messages'), 401);
  assertProblem(await byVariable.api.post('/user', { username: 'kitten', password: 'yarn' }), 403);
});

for (const [option, value, variable] of [
  ['--read', 'nobody', 'MSGBOARD_READ'],
  ['--signup', 'maybe', 'MSGBOARD_SIGNUP'],
] as const) {
  test(`${option} ${value} is refused, with what there is`, async () => {
    for (const run of [runToEnd([option, value]), runToEnd([], { env: { [variable]: value } })]) {
      const { code, output } = await run;
      assert.equal(code, 2);
      assert.match(output, /members|closed/);
    }
  });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { User } from '../src/model/user.ts';
import type { Person } from './support/api.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer, type TestServer } from './support/server.ts';

/** A moderator, by the operator's hand. */
async function signUpModerator({ api, board }: TestServer, username: string): Promise<Person> {
  const person = await api.signUp(username);
  await board.asOperator().users.administer(username, { moderator: true });
  return person;
}

test('a banned person is refused everywhere, their messages stay, and a ban can be lifted', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const wolf = await api.signUp('wolf');
  const howl = await api.say(wolf, 'Howl!');

  const banned = await api.patch<User>('/user/wolf', { banned: true }, { as: shepherd });
  assert.equal(banned.status, 200, banned.text);
  for (const answer of [
    await api.post('/message', { text: 'Howl again!' }, { as: wolf }),
    await api.put(`/message/${howl.id}`, { text: 'Howl again!' }, { as: wolf }),
    await api.delete(`/message/${howl.id}`, { as: wolf }),
    await api.get('/messages', { as: wolf }),
    await api.get(`/message/${howl.id}`, { as: wolf }),
    await api.get('/stream?poll=1&after=0', { as: wolf }),
    await api.get('/user', { as: wolf }),
    await api.get('/user/shepherd', { as: wolf }),
    await api.patch('/user', { bio: 'A sheep.' }, { as: wolf }),
  ]) {
    assert.match(assertProblem(answer, 401).detail, /banned/);
  }
  const wrong = await api.get('/user', { as: { ...wolf, password: 'sheep' } });
  assert.doesNotMatch(assertProblem(wrong, 401).detail, /banned/, 'only who knows the password is told of the ban');
  assert.equal((await api.get(`/message/${howl.id}`)).status, 200);
  assert.equal((await api.get('/user/wolf')).status, 200);

  await api.patch('/user/wolf', { banned: false }, { as: shepherd });
  assert.equal((await api.say(wolf, 'I am back.')).text, 'I am back.');
});

test('moderators ban those who are none, and can change nothing else of others', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const dog = await signUpModerator(server, 'dog');
  const sheep = await api.signUp('sheep');

  for (const [as, name, change, status] of [
    [undefined, 'sheep', { banned: true }, 401],
    [sheep, 'dog', { banned: true }, 403],
    [sheep, 'sheep', { bio: 'Baa.' }, 403],
    [shepherd, 'dog', { banned: true }, 403],
    [shepherd, 'shepherd', { banned: true }, 403],
    [shepherd, 'sheep', { moderator: true }, 403],
    [shepherd, 'sheep', { banned: true, bio: 'Baa.' }, 403],
    [shepherd, 'sheep', { password: 'grass' }, 403],
    [shepherd, 'wolf', { banned: true }, 404],
    [shepherd, 'sheep', { banned: 'yes' }, 400],
    [shepherd, 'sheep', { username: 'wolf' }, 400],
    [shepherd, 'sheep', {}, 400],
  ] as const) {
    assertProblem(await api.patch(`/user/${name}`, change, { as }), status);
  }
  for (const person of [shepherd, dog, sheep]) assert.equal((await api.get('/user', { as: person })).status, 200);
  assert.equal((await api.get<User>('/user/sheep')).body.bio, null);

  await server.board.asOperator().users.administer('shepherd', { moderator: false });
  assertProblem(await api.patch('/user/sheep', { banned: true }, { as: shepherd }), 403);
});

test('the operator changes anything of anybody', async (t) => {
  const { api, board } = await startTestServer(t);
  const kitten = await api.signUp('kitten', { bio: 'small' });
  const operator = board.asOperator();

  const changed = await operator.users.administer('kitten', {
    moderator: true,
    bio: null,
    data: { a: 1 },
    password: 'wool',
  });
  assert.deepEqual([changed.moderator, changed.bio, changed.data], [true, null, { a: 1 }]);
  assertProblem(await api.get('/user', { as: kitten }), 401);
  assert.equal((await api.get('/user', { as: { ...kitten, password: 'wool' } })).status, 200);
  await operator.users.administer(1, { banned: true });
  assertProblem(await api.get('/user', { as: { ...kitten, password: 'wool' } }), 401);
  await assert.rejects(operator.users.administer('nobody', { banned: true }), { code: 'not-found' });
  await assert.rejects(operator.messages.post({ text: 'I am the operator.' }), { code: 'forbidden' });
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
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

test('whether somebody is banned is told to whoever looks after others, and to nobody else', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const sheep = await api.signUp('sheep');
  await api.signUp('wolf');
  const operator = server.board.asOperator().users;
  for (const banned of [true, false]) {
    assert.equal((await api.patch<User>('/user/wolf', { banned }, { as: shepherd })).body.banned, banned);
    assert.equal((await api.get<User>('/user/wolf', { as: shepherd })).body.banned, banned);
    assert.equal((await operator.get('wolf')).banned, banned);
    for (const as of [undefined, sheep]) assert.ok(!('banned' in (await api.get<User>('/user/wolf', { as })).body));
    assert.ok(!(await api.get('/users', { as: shepherd })).text.includes('banned'));
  }
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

test('moderators delete what is public, whoever wrote it, and nothing that is private', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const wolf = await api.signUp('wolf');
  const sheep = await api.signUp('sheep');
  const howl = await api.say(wolf, 'Howl!');
  const whisper = await api.say(wolf, { text: 'Come closer.', to: ['sheep'] });
  const threat = await api.say(wolf, { text: 'I bite dogs too.', to: ['shepherd'] });

  assertProblem(await api.delete(`/message/${howl.id}`, { as: sheep }), 403);
  assertProblem(await api.delete(`/message/${howl.id}`), 401);
  assertProblem(await api.delete(`/message/${howl.id}`, { as: shepherd, headers: { 'if-match': '"1000"' } }), 412);
  assert.equal((await api.delete(`/message/${howl.id}`, { as: shepherd })).status, 204);
  assertProblem(await api.get(`/message/${howl.id}`), 404);

  assertProblem(await api.put(`/message/${threat.id}`, { text: 'I like dogs.' }, { as: shepherd }), 403);
  assertProblem(await api.delete(`/message/${threat.id}`, { as: shepherd }), 403);
  assert.equal((await api.get(`/message/${threat.id}`, { as: shepherd })).status, 200);
  const unseen = assertProblem(await api.delete(`/message/${whisper.id}`, { as: shepherd }), 404);
  const absent = assertProblem(await api.delete('/message/1000', { as: shepherd }), 404);
  assert.equal(unseen.detail.replace(`${whisper.id}`, '1000'), absent.detail);
  assert.equal((await api.get(`/message/${whisper.id}`, { as: sheep })).status, 200);
});

test('moderators delete all that somebody said in public, 1,000 at a time', async (t) => {
  const server = await startTestServer(t);
  const { api, board } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const wolf = await api.signUp('wolf');
  const sheep = await api.signUp('sheep');
  await board.as('wolf').messages.postMany(Array.from({ length: 1000 }, () => ({ text: 'Howl!', topics: ['woods'] })));
  await api.sayMany(wolf, 3);
  await api.say(sheep, 'Baa.');
  await api.say(wolf, { text: 'Come closer.', to: ['sheep'] });

  for (const deleted of [1000, 3, 0]) {
    const answer = await api.delete('/messages?user=wolf', { as: shepherd });
    assert.deepEqual([answer.status, answer.body], [200, { deleted }]);
  }
  const left = await api.get<Message[]>('/messages', { as: sheep });
  assert.deepEqual(
    left.body.map(({ text }) => text),
    ['Baa.', 'Come closer.'],
  );
});

test('moderators delete a public thread, and of a private one nothing', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const wolf = await api.signUp('wolf');
  const sheep = await api.signUp('sheep');
  const howl = await api.say(wolf, 'Howl!');
  await api.say(sheep, { text: 'Baa?', replyTo: howl.id });
  const other = await api.say(sheep, 'Grass.');
  const whisper = await api.say(wolf, { text: 'Come closer.', to: ['sheep'] });

  assert.deepEqual((await api.delete(`/messages?thread=${howl.id}`, { as: shepherd })).body, { deleted: 2 });
  assert.deepEqual((await api.delete(`/messages?thread=${howl.id}`, { as: shepherd })).body, { deleted: 0 });
  assert.deepEqual((await api.delete(`/messages?thread=${whisper.id}`, { as: shepherd })).body, { deleted: 0 });
  assert.deepEqual(
    (await api.board()).map(({ id }) => id),
    [other.id],
  );
  assert.equal((await api.get(`/message/${whisper.id}`, { as: sheep })).status, 200);
});

test('who is no moderator deletes many of their own alone', async (t) => {
  const server = await startTestServer(t);
  const { api } = server;
  const shepherd = await signUpModerator(server, 'shepherd');
  const wolf = await api.signUp('wolf');
  const sheep = await api.signUp('sheep');
  const howl = await api.say(wolf, 'Howl!');
  await api.sayMany(sheep, 2);

  for (const [as, query, status, path] of [
    [undefined, 'user=wolf', 401, undefined],
    [sheep, 'user=wolf', 403, undefined],
    [sheep, `thread=${howl.id}`, 403, undefined],
    [shepherd, '', 400, 'user'],
    [shepherd, `user=wolf&thread=${howl.id}`, 400, 'user'],
    [shepherd, 'user=nobody', 400, 'user'],
    [shepherd, 'thread=howl', 400, 'thread'],
    [shepherd, 'topic=woods', 400, 'topic'],
  ] as const) {
    assertProblem(await api.delete(`/messages?${query}`, { as }), status, path);
  }
  assert.equal((await api.board()).length, 3);
  assert.deepEqual((await api.delete('/messages?user=sheep', { as: sheep })).body, { deleted: 2 });
  assert.deepEqual(
    (await api.board()).map(({ id }) => id),
    [howl.id],
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import type { User } from '../src/model/user.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

test('whoever has credentials can look at themselves', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten', { bio: 'A cute ittle kitten.', data: { colour: 'grey' } });
  const self = await api.get<User>('/user', { as: kitten });

  assert.deepEqual(self.body, (await api.get<User>('/user/kitten')).body);
  assert.equal(self.body.bio, 'A cute ittle kitten.');
  assertProblem(await api.get('/user'), 401);
  assertProblem(await api.get('/user', { as: { ...kitten, password: 'wool' } }), 401);
});

for (const [name, change, want] of [
  ['bio', { bio: 'A cat by now.' }, { bio: 'A cat by now.', data: { colour: 'grey' } }],
  ['data, replaced whole', { data: { size: 'small' } }, { bio: 'kitten', data: { size: 'small' } }],
  ['both at once', { bio: '', data: {} }, { bio: '', data: {} }],
  ['null clears a bio', { bio: null }, { bio: null, data: { colour: 'grey' } }],
  ['null clears data', { data: null }, { bio: 'kitten', data: null }],
] as const) {
  test(`people change their own account: ${name}`, async (t) => {
    const { api } = await startTestServer(t);
    const kitten = await api.signUp('kitten', { bio: 'kitten', data: { colour: 'grey' } });
    const answer = await api.patch<User>('/user', change, { as: kitten });

    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual({ bio: answer.body.bio, data: answer.body.data }, want);
    assert.deepEqual((await api.get('/user/kitten')).body, answer.body);
  });
}

for (const [name, change, status, path] of [
  ['a field that is none', { colour: 'grey' }, 400, 'colour'],
  ['making oneself a moderator', { moderator: true }, 400, 'moderator'],
  ['lifting a ban oneself', { banned: false }, 400, 'banned'],
  ['another id', { id: 1 }, 400, 'id'],
  ['another name', { username: 'cat' }, 400, 'username'],
  ['nothing', {}, 400, 'body'],
  ['a long bio', { bio: 'x'.repeat(1001) }, 400, 'bio'],
  ['data that is no object', { data: [1] }, 400, 'data'],
  ['prototypes in data', JSON.parse('{"data":{"__proto__":{"moderator":true}}}'), 400, 'data'],
  ['a short password', { password: 'abc', currentPassword: 'yarn' }, 400, 'password'],
  ['a password without the current one', { password: 'wool' }, 400, 'currentPassword'],
  ['a current password alone', { currentPassword: 'yarn' }, 400, 'password'],
  ['a wrong current password', { password: 'wool', currentPassword: 'milk' }, 403, undefined],
] as const) {
  test(`an account does not take ${name}`, async (t) => {
    const { api } = await startTestServer(t);
    const kitten = await api.signUp('kitten');
    const before = (await api.get<User>('/user', { as: kitten })).body;

    assertProblem(await api.patch('/user', change, { as: kitten }), status, path);
    assertProblem(await api.patch('/user', change), 401);
    assert.deepEqual((await api.get('/user', { as: kitten })).body, before);
  });
}

test('a new password takes the place of the old one at once', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const renewed = { ...kitten, password: 'wool' };
  const answer = await api.patch('/user', { password: 'wool', currentPassword: 'yarn' }, { as: kitten });

  assert.equal(answer.status, 200, answer.text);
  assertProblem(await api.get('/user', { as: kitten }), 401);
  assert.equal((await api.get('/user', { as: renewed })).status, 200);
});

test('messages show their author as they are now, whoever wrote when', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten', { bio: 'small' });
  const posted = await api.say(kitten, 'before');
  assert.equal(posted.user.bio, 'small');
  await api.patch('/user', { bio: 'big' }, { as: kitten });
  const after = await api.say(kitten, 'after');

  assert.equal(after.user.bio, 'big');
  assert.equal((await api.get<Message>(`/message/${posted.id}`)).body.user.bio, 'big');
});

test('a change that changes nothing takes no tick, any other one does', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten', { bio: 'small' });
  const before = await api.cursor();
  await api.patch('/user', { bio: 'small' }, { as: kitten });
  assert.equal(await api.cursor(), before);
  await api.patch('/user', { bio: 'big' }, { as: kitten });
  assert.notEqual(await api.cursor(), before);
});

test('another process on the same file takes over a changed account', async (t) => {
  const here = await startTestServer(t);
  const there = await startTestServer(t, { database: here.database });
  const kitten = await here.api.signUp('kitten', { bio: 'small' });
  const posted = await here.api.say(kitten, 'hello');
  assert.equal((await there.api.get<Message>(`/message/${posted.id}`)).body.user.bio, 'small');
  assert.equal((await there.api.get('/user', { as: kitten })).status, 200);

  await here.api.patch('/user', { bio: 'big', password: 'wool', currentPassword: 'yarn' }, { as: kitten });
  await eventually(async () => {
    assert.equal((await there.api.get<Message>(`/message/${posted.id}`)).body.user.bio, 'big');
    assertProblem(await there.api.get('/user', { as: kitten }), 401);
  });
});

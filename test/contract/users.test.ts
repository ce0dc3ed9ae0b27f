import assert from 'node:assert/strict';
import { invite, onEveryBoard } from '../support/boards.ts';

onEveryBoard('whoever signs up is found by id and by name', async (board) => {
  const draft = { username: 'kitten', password: 'yarn', bio: 'Cute.', data: { colour: 'grey', '🐈': [1, null] } };
  const user = await board.as().users.create(draft);

  const { password: _, ...told } = draft;
  assert.deepEqual(user, { id: user.id, created: user.created, moderator: false, ...told });
  for (const name of ['kitten', 'KITTEN', user.id, `${user.id}`]) {
    assert.deepEqual(await board.as().users.get(name), user);
  }
});

onEveryBoard('a name that a URL has other ideas of is found', async (board) => {
  for (const username of ['größe', '小猫', '_._']) {
    assert.equal((await board.as().users.create({ username, password: 'yarn' })).username, username);
    assert.equal((await board.as().users.get(username)).username, username);
    assert.equal((await board.as(username).messages.post({ text: 'me' })).user.username, username);
  }
});

onEveryBoard('a name is taken once', async (board) => {
  await invite(board, 'kitten');
  await assert.rejects(invite(board, 'Kitten'), { name: 'BoardError', code: 'taken' });
});

onEveryBoard('people look after themselves', async (board) => {
  const [user] = await invite(board, 'kitten');
  const kitten = board.as('kitten');
  assert.deepEqual(await kitten.users.me(), user);
  assert.deepEqual(await kitten.users.update({ bio: 'Cute.', data: { n: 1 } }), {
    ...user,
    bio: 'Cute.',
    data: { n: 1 },
  });
  assert.deepEqual(await kitten.users.update({ bio: null, data: null }), user);
  await assert.rejects(board.as().users.me(), { code: 'unauthorized' });
  await assert.rejects(kitten.users.administer('kitten', { banned: true }), { code: 'forbidden' });
});

onEveryBoard('people are listed by name, or many at once', async (board) => {
  const [ant, bee, cat] = await invite(board, 'ant', 'bee', 'cat');
  const first = await board.as().users.list({ limit: 2 });
  assert.deepEqual(first, { users: [ant, bee], next: { limit: 2, after: 'bee' } });
  assert.deepEqual(await board.as().users.list(first.next ?? {}), { users: [cat], next: null });
  assert.deepEqual(await board.as().users.list({ user: ['CAT', ant?.id ?? 0, 'nobody'] }), {
    users: [ant, cat],
    next: null,
  });
  assert.deepEqual((await board.as().users.list({ prefix: 'b' })).users, [bee]);
});

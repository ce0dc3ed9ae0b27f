import assert from 'node:assert/strict';
import { invite, onEveryBoard } from '../support/boards.ts';

onEveryBoard('a session does what its user may, until it is closed', async (board) => {
  const [user] = await invite(board, 'kitten');
  const { token, expires, user: whose } = await board.as('kitten').sessions.open();
  assert.deepEqual(whose, user);

  const kitten = await board.resume(token);
  assert.deepEqual(await kitten.sessions.current(), { user, expires });
  assert.equal((await kitten.messages.post({ text: 'I love kittens!' })).user.username, 'kitten');
  await assert.rejects(kitten.sessions.open(), { code: 'forbidden' });
  assert.match((await kitten.sessions.open({ stream: true, filter: { topic: ['pets'] } })).token, /^msgboard_stream_/);

  await kitten.sessions.close();
  await assert.rejects(kitten.sessions.current(), { name: 'BoardError', code: 'unauthorized' });
  await assert.rejects(kitten.messages.list(), { code: 'unauthorized' });
});

onEveryBoard('nobody in particular logs in by name and password', async (board) => {
  await invite(board, 'kitten');
  const nobody = board.as();
  const { token } = await nobody.sessions.open({ username: 'Kitten', password: 'yarn' });
  assert.equal((await (await board.resume(token)).users.me()).username, 'kitten');

  await assert.rejects(nobody.sessions.open({ username: 'kitten', password: 'wool' }), { code: 'unauthorized' });
  await assert.rejects(nobody.sessions.open({ username: 'kitten' }), { code: 'bad-input' });
  for (const call of [nobody.sessions.open(), nobody.sessions.current(), nobody.sessions.close()]) {
    await assert.rejects(call, { code: 'unauthorized' });
  }
});

onEveryBoard('all sessions of a user are closed at once', async (board) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const tokens = [(await kitten.sessions.open()).token, (await kitten.sessions.open()).token];
  const clients = await Promise.all(tokens.map((token) => board.resume(token)));
  await kitten.sessions.close({ all: true });
  for (const client of clients) await assert.rejects(client.sessions.current(), { code: 'unauthorized' });
  assert.equal((await kitten.sessions.current()).expires, null);
});

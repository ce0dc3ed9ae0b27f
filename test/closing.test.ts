/** What a board that closes does with what it was asked, before and after. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BoardOptions, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';

const CLOSING = { name: 'BoardError', code: 'unavailable', message: /closing/ };

async function start(t: TestContext, hooks: Pick<BoardOptions, 'beforePost'> = {}) {
  const { at } = await temporaryDatabase(t);
  const board = await openBoard(at, hooks);
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const reopened = async () => {
    const again = await openBoard(at);
    atEnd(t, () => again.close());
    return again;
  };
  return { board, kitten: board.as('kitten'), reopened };
}

test('what was called right before it closed is committed and answered', async (t) => {
  const { board, kitten, reopened } = await start(t);
  const calls = [kitten.messages.post({ text: 'last' }), kitten.users.update({ bio: 'gone' })] as const;
  await board.close();

  const [message, user] = await Promise.all(calls);
  assert.deepEqual([message.text, user.bio], ['last', 'gone']);
  const again = await reopened();
  assert.equal((await again.as().messages.get(message.id)).text, 'last');
  assert.equal((await again.as().users.get('kitten')).bio, 'gone');
});

test('what the host still thinks about is waited for', async (t) => {
  const { board, kitten, reopened } = await start(t, { beforePost: () => sleep(300, undefined) });
  const posting = kitten.messages.post({ text: 'last' });
  await board.close();
  assert.equal((await (await reopened()).as().messages.get((await posting).id)).text, 'last');
});

test('what the host thinks about for too long is not, and is refused as what comes later', async (t) => {
  const gate = Promise.withResolvers<undefined>();
  const { board, kitten } = await start(t, { beforePost: () => gate.promise });
  const posting = kitten.messages.post({ text: 'last' });
  const from = performance.now();
  await board.close();
  assert.ok(performance.now() - from < 10_000);
  gate.resolve(undefined);
  await assert.rejects(posting, CLOSING);
});

test('what is called afterwards is refused, and to close it again is nothing', async (t) => {
  const { board, kitten } = await start(t);
  const { token } = await kitten.sessions.open();
  const streams = await kitten.sessions.open({ stream: true });
  const stranger = board.as('puppy');
  assert.equal(board.isClosed, false);
  const closing = board.close();
  assert.equal(board.isClosed, true);

  const everything = () => [
    kitten.messages.post({ text: 'late' }),
    kitten.messages.list(),
    kitten.users.me(),
    kitten.topics.list(),
    kitten.sessions.current(),
    kitten.poll({ cursor: '0' }),
    kitten.viewer(),
    stranger.viewer(),
    stranger.poll(),
    stranger.stream()[Symbol.asyncIterator]().next(),
    board.logIn('kitten', 'yarn'),
    board.welcome({ username: 'puppy' }),
    board.resume(token),
    board.resumeStream(streams.token),
  ];
  for (const call of everything()) await assert.rejects(call, CLOSING);
  await closing;
  for (const call of everything()) await assert.rejects(call, CLOSING);
  await board.close();
  assert.equal(await board.isReady(), false);
});

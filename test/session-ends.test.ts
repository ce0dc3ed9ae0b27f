/** What ends a session or a token for streams, what spares it, and what is left of it. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { atEnd } from './support/cleanup.ts';
import { DAY, MINUTE } from './support/clock.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';

/** A board of kittens, on which no time passes by itself. */
async function start(t: TestContext) {
  const { file } = await temporaryDatabase(t, undefined);
  const began = Date.now();
  let ms = began;
  const board = await openBoard(`sqlite:${file}`, { now: () => ms });
  atEnd(t, () => board.close());
  await board.asOperator().users.create({ username: 'kitten', password: 'yarn' });
  const kitten = board.as('kitten');
  return {
    board,
    kitten,
    /** The time, counted from the start. */
    at(after: number): void {
      ms = began + after;
    },
    openStreams: async (client = kitten) => (await client.sessions.open({ stream: true })).token,
    async stored(): Promise<unknown> {
      const database = new DatabaseSync(file, { readOnly: true });
      const counted = database.prepare('select count(*) as n from sessions').get()?.['n'];
      database.close();
      return counted;
    },
  };
}

const unauthorized = { code: 'unauthorized' };

test('streams that a password opened end 30 days after the first of them, or after the first that less than a day is left for', async (t) => {
  const { board, at, openStreams } = await start(t);
  const opened = async () => board.resumeStream(await openStreams());
  const first = await opened();
  at(29 * DAY - 1);
  const second = await opened();
  at(29 * DAY);
  const third = await opened();

  at(30 * DAY - 1);
  for (const streams of [first, second, third]) assert.equal(await streams.viewer(), 1);
  at(30 * DAY);
  for (const streams of [first, second]) await assert.rejects(streams.viewer(), unauthorized);
  at(59 * DAY - 1);
  assert.equal(await third.viewer(), 1);
  at(59 * DAY);
  await assert.rejects(third.viewer(), unauthorized);
});

for (const [how, isSpared] of [
  ['by a session ends all but that one and its streams', true],
  ['without a session ends all of them', false],
] as const) {
  test(`a new password that is set ${how}`, async (t) => {
    const { board, kitten, openStreams, stored } = await start(t);
    const [own, other] = [(await kitten.sessions.open()).token, (await kitten.sessions.open()).token];
    const ownStreams = await openStreams(await board.resume(own));
    const otherStreams = await openStreams(await board.resume(other));
    const byPassword = await openStreams();
    assert.equal(await stored(), 6);

    const client = isSpared ? await board.resume(own) : kitten;
    await client.users.update({ currentPassword: 'yarn', password: 'wool' });
    await assert.rejects(board.resume(other), unauthorized);
    for (const token of [otherStreams, byPassword]) await assert.rejects(board.resumeStream(token), unauthorized);
    assert.equal(await stored(), isSpared ? 2 : 0);
    if (isSpared) {
      assert.equal((await (await board.resume(own)).users.me()).username, 'kitten');
      assert.equal(await (await board.resumeStream(ownStreams)).viewer(), 1);
    } else {
      await assert.rejects(board.resume(own), unauthorized);
      await assert.rejects(board.resumeStream(ownStreams), unauthorized);
    }
  });
}

test('of two new passwords at once one holds, and the other is refused', async (t) => {
  const { board, kitten } = await start(t);
  const change = (password: string) => kitten.users.update({ currentPassword: 'yarn', password });
  const outcomes = await Promise.allSettled([change('wool'), change('silk')]);
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
  assert.deepEqual(refused, ['unauthorized']);
  const holding = outcomes[0]?.status === 'fulfilled' ? 'wool' : 'silk';
  assert.equal((await (await board.logIn('kitten', holding)).users.me()).username, 'kitten');
});

for (const [what, change] of [
  ['a ban', { banned: true }],
  ['a password that the operator sets', { password: 'wool' }],
] as const) {
  test(`${what} ends all sessions for good`, async (t) => {
    const { board, kitten, stored } = await start(t);
    const { token } = await kitten.sessions.open();
    const operator = board.asOperator();
    await operator.users.administer('kitten', { bio: 'Cute.', moderator: true });
    assert.equal((await (await board.resume(token)).users.me()).moderator, true);

    await operator.users.administer('kitten', change);
    await operator.users.administer('kitten', { banned: false });
    await assert.rejects(board.resume(token), unauthorized);
    assert.equal(await stored(), 0);
  });
}

test('of whoever has gone no session is kept', async (t) => {
  const { board, kitten, openStreams, stored } = await start(t);
  const { token } = await kitten.sessions.open();
  await openStreams();
  await kitten.users.delete();
  assert.equal(await stored(), 0);
  await assert.rejects(board.resume(token), unauthorized);
});

test('a session that ends opens no stream any more, even at the same moment', async (t) => {
  const { board, kitten, stored } = await start(t);
  const client = await board.resume((await kitten.sessions.open()).token);
  const closing = client.sessions.close();
  const opening = client.sessions.open({ stream: true });
  await closing;
  await assert.rejects(opening, unauthorized);
  assert.equal(await stored(), 0);
});

test('who opens a session has those forgotten that have expired by then, to the millisecond', async (t) => {
  const { kitten, at, stored } = await start(t);
  await kitten.sessions.open();
  at(1);
  await kitten.sessions.open();
  at(30 * DAY);
  await kitten.sessions.open();
  assert.equal(await stored(), 2);
});

test('every ten minutes all sessions are forgotten that have expired, however many, and no others', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { board, at, kitten, stored } = await start(t);
  const names = Array.from({ length: 6 }, (_, index) => `cat${index}`);
  for (const username of names) await board.asOperator().users.create({ username });
  await Promise.all(names.flatMap((name) => Array.from({ length: 100 }, () => board.as(name).sessions.open())));
  at(1);
  const { token } = await kitten.sessions.open();
  assert.equal(await stored(), 601);

  at(30 * DAY);
  t.mock.timers.tick(10 * MINUTE);
  await eventually(async () => assert.equal(await stored(), 1));
  assert.equal((await (await board.resume(token)).users.me()).username, 'kitten');
});

test('what changes nothing of an account is no change: nobody is told to look', async (t) => {
  const { board, kitten } = await start(t);
  const cursor = async () => (await board.as().messages.list()).cursor;
  await kitten.users.update({ bio: 'Cute.', data: { n: 1 } });
  const before = await cursor();
  await kitten.users.update({ bio: 'Cute.', data: { n: 1 } });
  await kitten.sessions.close({ all: true });
  await board.asOperator().users.administer('kitten', { banned: false, moderator: false });
  assert.equal(await cursor(), before);

  await kitten.users.update({ bio: 'Cuter.' });
  assert.notEqual(await cursor(), before);
});

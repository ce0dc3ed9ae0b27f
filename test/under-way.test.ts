/** What is under way while somebody's rights change, and what goes with whoever leaves. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type BoardOptions, openBoard } from '../src/board/open-board.ts';
import type { Measure } from '../src/model/measure.ts';
import { atEnd } from './support/cleanup.ts';

async function start(t: TestContext, hooks: Pick<BoardOptions, 'beforePost' | 'beforeEdit'> = {}) {
  const measures: Measure[] = [];
  const board = await openBoard('sqlite::memory:', { ...hooks, onMeasure: (measure) => measures.push(measure) });
  atEnd(t, () => board.close());
  for (const username of ['shepherd', 'wolf', 'sheep']) await board.welcome({ username });
  const operator = board.asOperator();
  await operator.users.administer('shepherd', { moderator: true });
  const [shepherd, wolf, sheep] = [board.as('shepherd'), board.as('wolf'), board.as('sheep')];
  const commits = () => measures.filter(({ kind }) => kind === 'commit').length;
  return { board, operator, shepherd, wolf, sheep, commits };
}

test('who ceases to moderate while they delete a thread deletes nothing of others by it', async (t) => {
  const { operator, shepherd, wolf, sheep } = await start(t);
  const { id } = await shepherd.messages.post({ text: 'Who is there?' });
  await wolf.messages.post({ text: 'Me.', replyTo: id });
  const ceasing = operator.users.administer('shepherd', { moderator: false });
  const deleting = shepherd.messages.deleteMany({ thread: id });
  await ceasing;
  await assert.rejects(deleting, { code: 'forbidden' });
  assert.equal((await sheep.messages.list({ thread: id })).messages.length, 2);
});

test('the operator deletes all that somebody said in public, the oldest 1,000 first', async (t) => {
  const { operator, wolf, sheep } = await start(t);
  await wolf.messages.postMany(Array.from({ length: 1000 }, () => ({ text: 'Howl!' })));
  for (const text of ['late', 'later']) await wolf.messages.post({ text });
  await wolf.messages.post({ text: 'Come closer.', to: ['sheep'] });
  const left = async () => (await sheep.messages.list({ order: 'asc' })).messages.map(({ text }) => text);

  assert.deepEqual(await operator.messages.deleteMany({ user: 'wolf' }), { deleted: 1000 });
  assert.deepEqual(await left(), ['late', 'later', 'Come closer.']);
  assert.deepEqual(await operator.messages.deleteMany({ user: 'wolf' }), { deleted: 2 });
  assert.deepEqual(await left(), ['Come closer.']);
});

for (const [what, change] of [
  ['is banned', ({ operator }) => operator.users.administer('wolf', { banned: true })],
  ['leaves', ({ wolf }) => wolf.users.delete()],
] as const satisfies [string, (people: Awaited<ReturnType<typeof start>>) => Promise<unknown>][]) {
  test(`who ${what} while the host thinks about what they write is refused`, async (t) => {
    const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let waiting = 0;
    const hold = async () => {
      waiting += 1;
      if (waiting === 3) asked.resolve();
      await gate.promise;
      return undefined;
    };
    const people = await start(t, { beforePost: hold, beforeEdit: hold });
    const { wolf, sheep } = people;
    const tries = [
      wolf.messages.post({ text: 'Baa.' }),
      wolf.messages.postMany([{ text: 'Baa.' }]),
      wolf.messages.edit(1, { text: 'Baa.' }),
    ];
    await asked.promise;
    await change(people);
    gate.resolve();
    const outcomes = await Promise.allSettled(tries);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
      ['unauthorized', 'unauthorized', 'unauthorized'],
    );
    assert.deepEqual((await sheep.messages.list()).messages, []);
  });
}

test('who leaves at that moment is no longer there to be banned', async (t) => {
  const { operator, wolf } = await start(t);
  const leaving = wolf.users.delete();
  await assert.rejects(operator.users.administer('wolf', { banned: true }), { code: 'not-found' });
  await leaving;
});

test('a board for members lets nobody in particular read, and says why; all that the operator reads is public', async (t) => {
  const board = await openBoard('sqlite::memory:', { read: 'members' });
  atEnd(t, () => board.close());
  for (const username of ['wolf', 'sheep']) await board.welcome({ username });
  await board.as('wolf').messages.post({ text: 'Howl!' });
  await board.as('wolf').messages.post({ text: 'Come closer.', to: ['sheep'] });
  const [nobody, operator] = [board.as(), board.asOperator()];
  for (const call of [nobody.messages.list(), nobody.users.get('wolf'), nobody.poll({ cursor: '0' })])
    await assert.rejects(call, { code: 'unauthorized' });
  assert.deepEqual(
    (await operator.messages.list()).messages.map(({ text }) => text),
    ['Howl!'],
  );
  await assert.rejects(operator.messages.list({ with: ['sheep'] }), { code: 'forbidden' });
});

test('what somebody leaves behind goes in parts, of so many lines of lists at most', async (t) => {
  const { board, wolf, sheep, commits } = await start(t);
  const to = Array.from({ length: 9 }, (_, index) => `lamb${index}`);
  for (const username of to) await board.welcome({ username });
  const topics = Array.from({ length: 10 }, (_, index) => `${index}`);
  // Each stands in 110 lists.
  await wolf.messages.postMany(Array.from({ length: 64 }, () => ({ text: 'Howl!', topics, to })));
  await sheep.messages.post({ text: 'Baa.' });
  const before = commits();
  await wolf.users.delete();
  assert.equal(commits() - before, 4, 'the account, 54 messages, 10 more, and that all are gone');
  assert.deepEqual(
    (await board.as('lamb0').messages.list()).messages.map(({ text }) => text),
    ['Baa.'],
  );
});

test('who leaves as the board closes is told when to come back', async (t) => {
  const { board, wolf } = await start(t);
  await wolf.messages.postMany(Array.from({ length: 1000 }, () => ({ text: 'Howl!' })));
  const leaving = wolf.users.delete();
  const [outcome] = await Promise.allSettled([leaving, board.endStreams()]);
  assert.equal(outcome?.status, 'rejected');
  assert.deepEqual([outcome.reason.code, outcome.reason.retryAfter], ['unavailable', 5]);
});

test('a guest who is known already is let in whatever they bring, unless they were banned or have left', async (t) => {
  const { board, operator, wolf } = await start(t);
  const client = await board.welcome({ username: 'WOLF', bio: 'x'.repeat(1001) });
  assert.deepEqual(await client.users.me(), await wolf.users.me());
  await operator.users.administer('wolf', { banned: true });
  await assert.rejects(board.welcome({ username: 'wolf' }), { code: 'unauthorized' });
  await operator.users.administer('wolf', { banned: false });
  await wolf.users.delete();
  await assert.rejects(board.welcome({ username: 'wolf' }), { code: 'unauthorized' });
});

test('a note to oneself is for oneself, and a private message for all the others', async (t) => {
  const { wolf, sheep } = await start(t);
  assert.deepEqual((await wolf.messages.post({ text: 'Eat.', to: ['wolf'] })).to, ['wolf']);
  assert.deepEqual((await wolf.messages.post({ text: 'Hi.', to: ['sheep', 'wolf'] })).to, ['sheep']);
  const { id } = await wolf.messages.post({ text: 'Hi.', to: ['sheep', 'shepherd'] });
  assert.deepEqual((await sheep.messages.get(id)).to, ['shepherd', 'sheep']);
});

test('many people at once are cut at the limit, by name', async (t) => {
  const { wolf } = await start(t);
  const page = await wolf.users.list({ user: ['wolf', 'shepherd', 'sheep', 'WOLF'], limit: 2 });
  assert.deepEqual(
    page.users.map(({ username }) => username),
    ['sheep', 'shepherd'],
  );
  const all = await wolf.users.list({ user: ['wolf', 1, '3', 'two words', '9'.repeat(30)] });
  assert.deepEqual(
    all.users.map(({ username }) => username),
    ['sheep', 'shepherd', 'wolf'],
  );
});

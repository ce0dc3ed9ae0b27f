/** What pruning takes away, looked at in the database itself. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { withStore } from '../src/keeping/open-store.ts';
import { type Pruned, prune } from '../src/keeping/prune.ts';
import { atEnd } from './support/cleanup.ts';
import { DAY, TestClock } from './support/clock.ts';
import { temporaryDatabase } from './support/database.ts';

test('a deletion is forgotten with its thread and conversation, unless somebody has answered', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  const board = await openBoard(url);
  atEnd(t, () => board.close());
  for (const username of ['kitten', 'puppy']) await board.asOperator().users.create({ username });
  const [kitten, puppy] = [board.as('kitten'), board.as('puppy')];

  const answered = await kitten.messages.post({ text: 'answered' });
  const answer = await puppy.messages.post({ text: 'an answer', replyTo: answered.id });
  const unanswer = await puppy.messages.post({ text: 'gone', replyTo: answered.id });
  const secret = await kitten.messages.post({ text: 'secret', to: ['puppy'], topics: ['plans'] });
  const alone = await kitten.messages.post({ text: 'alone', topics: ['cats'] });
  const before = (await kitten.messages.list()).cursor;
  for (const { id } of [answered, secret, alone]) await kitten.messages.delete(id);
  await puppy.messages.delete(unanswer.id);
  const later = await kitten.messages.post({ text: 'later' });

  const gone = [unanswer.id, secret.id, alone.id];
  const stay = [answered.id, answer.id, later.id];
  const all = [...gone, ...stay].sort((one, other) => one - other);
  const at = { before: Date.now() + DAY, now: Date.now() };
  assert.deepEqual(await pruned(url, { ...at, isDry: true }), { deletions: 3, sessions: 0, keys: 0 });
  assert.deepEqual(idsOf(file, 'messages'), all);
  assert.deepEqual(await pruned(url, { ...at, before: 0 }), { deletions: 0, sessions: 0, keys: 0 });
  assert.deepEqual(idsOf(file, 'messages'), all);

  assert.deepEqual(await pruned(url, at), { deletions: 3, sessions: 0, keys: 0 });
  assert.deepEqual(idsOf(file, 'messages'), stay);
  assert.deepEqual(idsOf(file, 'standings'), [answered.id]);
  assert.deepEqual(idsOf(file, 'changes', 'message_id'), [answered.id]);
  assert.deepEqual(idsOf(file, 'conversations', 'thread'), []);
  assert.deepEqual(await pruned(url, at), { deletions: 0, sessions: 0, keys: 0 });

  const { events } = await kitten.poll({ cursor: before });
  assert.deepEqual(
    events.map((event) => event.type === 'reset' && event.reason),
    ['pruned'],
  );
  assert.equal((await kitten.messages.get(answer.id)).thread, answered.id);
  const anew = await puppy.messages.post({ text: 'anew', to: ['kitten'] });
  assert.equal(anew.thread, anew.id);
});

test('expired sessions and old keys are forgotten, in as many parts as it takes, and no others', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  const clock = new TestClock();
  const board = await openBoard(url, { now: clock.now });
  await board.asOperator().users.create({ username: 'kitten' });
  const kitten = board.as('kitten');
  const post = (key: string) => kitten.messages.post({ text: key }, { idempotencyKey: key });
  await Promise.all(Array.from({ length: 501 }, (_, n) => post(`old ${n}`)));
  await kitten.sessions.open();
  clock.advance(40 * DAY);
  const { token } = await kitten.sessions.open();
  const kept = idsOf(file, 'keys', 'first_id').length;
  await board.close();

  const at = { before: 0, now: clock.now() };
  assert.ok(kept > 500);
  assert.equal((await pruned(url, { ...at, isDry: true })).keys, kept);
  assert.equal((await pruned(url, at)).keys, kept);
  assert.deepEqual(idsOf(file, 'keys', 'first_id'), []);
  assert.equal(idsOf(file, 'sessions', 'user_id').length, 1);
  assert.deepEqual(await pruned(url, at), { deletions: 0, sessions: 0, keys: 0 });

  const again = await openBoard(url, { now: clock.now });
  atEnd(t, () => again.close());
  assert.equal((await (await again.resume(token)).users.me()).username, 'kitten');
  const repeated = await again.as('kitten').messages.post({ text: 'old 0' }, { idempotencyKey: 'old 0' });
  assert.equal(repeated.id, Number.parseInt((await again.as().messages.list()).cursor, 10));
});

function pruned(
  url: string,
  { isDry = false, ...at }: { before: number; now: number; isDry?: boolean },
): Promise<Pruned> {
  const told = (fault: unknown) => assert.fail(`${fault}`);
  return withStore(url, { onFault: told, onWarning: told }, (store) =>
    prune(store, { ...at, isDry, onProgress: () => {} }),
  );
}

function idsOf(file: string, table: string, column = 'id'): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare(`select ${column} as id from ${table} order by id`).all();
  database.close();
  return rows.map(({ id }) => id);
}

/** A running board whose file somebody takes back to what it was before. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';

test('a board that is taken back while it runs begins another history, and knows nothing of what was lost', async (t) => {
  const { dir, file } = await temporaryDatabase(t, undefined);
  const copy = async (from: string, to: string) => {
    const database = new DatabaseSync(from);
    await backup(database, to);
    database.close();
  };
  const board = await openBoard(`sqlite:${file}`);
  atEnd(t, () => board.close());
  await board.asOperator().users.create({ username: 'kitten' });
  const kitten = board.as('kitten');
  const { id } = await kitten.messages.post({ text: 'before' });
  const kept = await kitten.sessions.open();
  await copy(file, join(dir, 'copy.db'));

  await kitten.users.update({ bio: 'Lost.' });
  await kitten.messages.edit(id, { text: 'lost' });
  await board.asOperator().users.create({ username: 'puppy' });
  const lost = await board.as('puppy').sessions.open();
  const seen = async () => {
    const { messages, cursor } = await kitten.messages.list();
    return { texts: [(await kitten.messages.get(id)).text, ...messages.map(({ text }) => text)], cursor };
  };
  assert.equal((await (await board.resume(lost.token)).users.me()).username, 'puppy');
  const { texts, cursor } = await seen();
  assert.deepEqual(texts, ['lost', 'lost']);

  const reader = kitten.poll({ cursor, wait: 60 });
  await copy(join(dir, 'copy.db'), file);
  const { events } = await reader;
  assert.deepEqual(
    events.map(({ type }) => type),
    ['reset'],
  );
  // A reader may be told before the board itself has looked, which alone begins another history.
  const historyOf = (each: string) => each.split('-')[1];
  const now = await eventually(async () => {
    const page = await seen();
    assert.notEqual(historyOf(page.cursor), historyOf(cursor));
    return page;
  });
  assert.deepEqual(now.texts, ['before', 'before']);
  assert.deepEqual((await kitten.poll({ cursor: now.cursor })).events, []);
  assert.deepEqual(
    (await kitten.poll({ cursor })).events.map(({ type }) => type),
    ['reset'],
  );

  assert.equal((await kitten.users.me()).bio, null);
  assert.equal((await (await board.resume(kept.token)).users.me()).username, 'kitten');
  await assert.rejects(board.resume(lost.token), { code: 'unauthorized' });
  await assert.rejects(board.as('puppy').users.me(), { code: 'unauthorized' });
  await assert.rejects(kitten.users.get('puppy'), { code: 'not-found' });
});

/** How few rows a message takes, looked at in the database itself. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';

test('a message for everybody is one row until it is answered, and one more once it is changed', async (t) => {
  const { kitten, puppy, rows } = await begun(t);
  const first = await kitten.messages.post({ text: 'one' });
  await puppy.messages.post({ text: 'two', topics: ['cats'] });
  assert.deepEqual(rows(), { parts: [0, 0], changes: [], follow_ups: [], standings: [] });

  const third = await kitten.messages.edit(first.id, { text: 'One.' });
  await kitten.messages.edit(first.id, { text: 'One!' });
  assert.deepEqual(rows().changes, [`${third.seq + 1} of 1`], 'where it was before, it is no more');

  const answer = await puppy.messages.post({ text: 'three', replyTo: first.id });
  const other = await kitten.messages.post({ text: 'four', replyTo: answer.id });
  assert.deepEqual(rows(), {
    parts: [1, 0, 2, 2],
    changes: [`${third.seq + 1} of 1`],
    follow_ups: [`${answer.id} of 1`, `${other.id} of 1`],
    standings: [`3 posts in 1, up to ${other.id}`],
  });

  await kitten.messages.delete(other.id);
  await puppy.messages.delete(answer.id);
  const { parts, follow_ups, standings, changes } = rows();
  assert.deepEqual([parts, follow_ups, standings], [[1, 0, 2, 2], [], ['1 posts in 1, up to 1']]);
  assert.equal(changes.length, 3);
  const { messages } = await kitten.messages.list({ order: 'active' });
  assert.deepEqual(
    messages.map(({ id, posts, latest }) => [id, posts, latest?.id]),
    [
      [2, 1, 2],
      [1, 1, 1],
    ],
  );
});

test('what is alone and deleted is nobody’s thread, and what is private always has one', async (t) => {
  const { kitten, rows } = await begun(t);
  const gone = await kitten.messages.post({ text: 'gone' });
  await kitten.messages.delete(gone.id);
  const secret = await kitten.messages.post({ text: 'secret', to: ['puppy'] });
  const joined = await kitten.messages.post({ text: 'more', to: ['puppy'] });
  assert.deepEqual(rows(), {
    parts: [0, 2, 2],
    changes: [`${gone.id + 1} of ${gone.id}`],
    follow_ups: [`${joined.id} of ${secret.id}`],
    standings: [`2 posts in ${secret.id}, up to ${joined.id}`],
  });
  const { messages } = await kitten.messages.list({ order: 'active' });
  assert.deepEqual(
    messages.map(({ id }) => id),
    [secret.id],
  );
});

async function begun(t: TestContext) {
  const { file, url } = await temporaryDatabase(t, undefined);
  const board = await openBoard(url);
  atEnd(t, () => board.close());
  for (const username of ['kitten', 'puppy']) await board.asOperator().users.create({ username });
  const database = new DatabaseSync(file, { readOnly: true });
  atEnd(t, () => database.close());
  const all = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map(({ told }) => told);
  return {
    kitten: board.as('kitten'),
    puppy: board.as('puppy'),
    rows: () => ({
      parts: all('select part as told from messages order by id'),
      changes: all("select seq || ' of ' || message_id as told from changes order by seq"),
      follow_ups: all("select message_id || ' of ' || thread as told from follow_ups order by message_id"),
      standings: all("select posts || ' posts in ' || id || ', up to ' || latest as told from standings order by id"),
    }),
  };
}

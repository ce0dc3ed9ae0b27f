/** What becomes of writes that a database refuses: of those alone, and of those committed with them. */
import assert from 'node:assert/strict';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { SqliteDialect } from 'kysely';
import { type Board, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';

/** A board whose database refuses some of what is posted. */
async function refusing(t: TestContext, manner: string): Promise<Board> {
  const { file, at } = await temporaryDatabase(t, undefined);
  const board = await openBoard(at);
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const other = new DatabaseSync(file);
  other.exec(`create trigger refuse before insert on messages when new.text = 'refused'
    begin select raise(${manner}, 'no cats'); end`);
  other.close();
  return board;
}

for (const manner of ['abort', 'rollback', 'fail']) {
  test(`a write that the database refuses (${manner}) fails alone, and nothing of it stays`, async (t) => {
    const board = await refusing(t, manner);
    const kitten = board.as('kitten');
    const post = (text: string) => kitten.messages.post({ text, topics: ['cats', text] });
    const refused = async () => assert.rejects(post('refused'), /no cats/);

    await refused();
    const [first] = await Promise.all([post('first'), refused(), post('second'), refused()]);
    await refused();
    const third = await post('third');
    assert.equal(third.id, first.id + 2, 'what is refused takes no number');
    const { messages } = await kitten.messages.list();
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['first', 'second', 'third'],
    );
    const { topics } = await kitten.topics.list({ order: 'name' });
    assert.deepEqual(
      topics.map(({ topic, threads, posts }) => [topic, threads, posts]),
      [
        ['cats', 3, 3],
        ['first', 1, 1],
        ['second', 1, 1],
        ['third', 1, 1],
      ],
    );
  });
}

/** SQLite as Kysely leads to it: whatever `fail` gives is thrown instead of running a statement. */
function dialectOf(fail: (text: string) => Error | null): SqliteDialect {
  const database = new DatabaseSync(':memory:');
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare(text) {
        const statement = database.prepare(text);
        const inputs = (values: readonly unknown[]) => {
          const fault = fail(text);
          if (fault) throw fault;
          return values as readonly SQLInputValue[];
        };
        return {
          reader: statement.columns().length > 0,
          all: (values) => statement.all(...inputs(values)),
          run: (values) => statement.run(...inputs(values)),
          iterate: (values) => statement.iterate(...inputs(values)) as IterableIterator<unknown>,
        };
      },
    },
  });
}

test('a board in an SQLite of another driver is a board, and says "try again" of what is no fault of its own', async (t) => {
  let code: unknown = null;
  const faultOf = (text: string) =>
    code !== null && /insert into "messages"/.test(text) ? Object.assign(new Error('no cats'), { code }) : null;
  const dialect = dialectOf(faultOf);
  const board = await openBoard({ dialect }, { onWarning: () => {} });
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const kitten = board.as('kitten');
  const first = await kitten.messages.post({ text: 'first', topics: ['cats'] });

  for (const [is, wanted] of [
    ['SQLITE_FULL', 'unavailable'],
    ['SQLITE_IOERR_WRITE', 'unavailable'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_UNIQUE'],
    ['SQLITE_ERROR', 'SQLITE_ERROR'],
    // Nobody knows whether it has reached the database.
    ['ERR_CATS', 'unavailable'],
    [7, 'unavailable'],
  ]) {
    code = is;
    await assert.rejects(kitten.messages.post({ text: 'refused' }), { code: wanted }, `${is}`);
  }
  code = null;
  const second = await kitten.messages.post({ text: 'second', replyTo: first.id });
  assert.deepEqual(
    (await kitten.messages.list({ user: ['kitten'], order: 'desc' })).messages.map(({ id }) => id),
    [second.id, first.id],
  );
});

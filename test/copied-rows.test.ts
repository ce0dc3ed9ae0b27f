/** On PostgreSQL rows that are written together are copied instead of inserted. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { CompiledQuery } from 'kysely';
import { type Board, openBoard } from '../src/index.ts';
import { postgres } from '../src/store/dialects/postgres.ts';
import { transactions } from '../src/store/transaction.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { PRIVATE_SERVERS, startPooled } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What ends a value, a row or all of them in COPY's own format, and what looks like that. */
const TEXTS = [
  '\\.',
  '\n\\.\n',
  '\\N',
  'NULL',
  '\t',
  'a\tb\r\nc\rd\\te\\\\',
  '\\x41\\101',
  '"quoted", \'so\'',
  '🐈\u2028\u0085\v\f\b',
  '$1',
];

test('on PostgreSQL', { skip: without(...PRIVATE_SERVERS.postgres.needs) }, async (t) => {
  const { url: server } = await PRIVATE_SERVERS.postgres.start(t);

  await t.test('whatever a text holds, it is copied as it is', async (inner) => {
    const { url, board } = await open(inner, server);
    await watch(url);
    const drafts = TEXTS.map((text) => ({ text, topics: ['\\N', '\\.'], data: { [text]: text }, to: ['dog'] }));
    const kitten = board.as('kitten');
    await Promise.all(drafts.map((draft) => kitten.messages.post(draft)));
    await kitten.messages.postMany(drafts, { idempotencyKey: 'once' });
    await kitten.messages.postMany(Array.from({ length: 250 }, (_, n) => ({ text: `${n}` })));

    const other = await another(inner, url);
    const { messages } = await other.as('dog').messages.list({ visibility: 'private', limit: 100 });
    assert.deepEqual(
      messages.map(({ text, topics, data }) => ({ text, topics, data, to: ['dog'] })),
      [...drafts, ...drafts],
    );
    for (const query of await seen(inner, url)) assert.match(query, /^copy "messages" \(.*\) from stdin$/);
  });

  await t.test('one that the database refuses fails alone', async (inner) => {
    const { url, board } = await open(inner, server);
    await databaseServer(url).run(`create function refuse() returns trigger language plpgsql as
      $$ begin if new.text = 'refused' then raise 'no cats'; end if; return new; end $$`);
    await databaseServer(url).run('create trigger t before insert on messages for each row execute function refuse()');
    const kitten = board.as('kitten');
    const post = (text: string) => kitten.messages.post({ text });
    const [first, , second] = await Promise.all([post('1'), assert.rejects(post('refused'), /no cats/), post('2')]);
    assert.equal(second.id, first.id + 1);
    await assert.rejects(kitten.messages.postMany([{ text: '3' }, { text: 'refused' }]), /no cats/);
    await kitten.messages.postMany([{ text: '4' }, { text: '5' }]);
    const { messages } = await kitten.messages.list();
    assert.deepEqual(
      messages.map(({ text }) => text),
      ['1', '2', '4', '5'],
    );
  });

  await t.test('rows behind a statement that failed are passed over, and the connection goes on', async (inner) => {
    const { url } = await temporaryDatabase(inner, server);
    await databaseServer(url).run('create table notes (id int primary key, text text)');
    const { writing, pipelines } = await postgres(url);
    const driver = writing.createDriver();
    atEnd(inner, () => driver.destroy());
    const transact = transactions(driver, pipelines);
    const insert = (...ids: number[]) => {
      const rows = ids.map((_, row) => `($${row * 2 + 1}, $${row * 2 + 2})`);
      const values = ids.flatMap((id) => [id, id % 2 ? 'odd' : null]);
      return CompiledQuery.raw(`insert into "notes" ("id", "text") values ${rows.join(', ')}`, values);
    };

    for (const statements of [
      [insert(1, 2), insert(3, 3), insert(4, 5)],
      [insert(1), insert(1), insert(2, 3), insert(4)],
    ]) {
      const writing = transact(async (transaction) => {
        for (const query of statements) transaction.send(query);
      });
      await assert.rejects(writing, /duplicate key/);
    }
    await transact(async (transaction) => transaction.send(insert(6, 7)));
    const { rows } = await transact((transaction) =>
      transaction.executeQuery(CompiledQuery.raw('select * from notes order by id')),
    );
    assert.deepEqual(rows, [
      { id: 6, text: null },
      { id: 7, text: 'odd' },
    ]);
  });
});

test('through a pooler, which need not know of it, they are inserted', {
  skip: without(...PRIVATE_SERVERS.pooled.needs),
}, async (t) => {
  const { url: server } = await startPooled(t, 'transaction');
  const { url, board } = await open(t, server);
  await watch(url);
  await board.as('kitten').messages.postMany(TEXTS.map((text) => ({ text })));
  for (const query of await seen(t, url)) assert.match(query, /^insert into "messages" /);
});

async function open(t: TestContext, server: string): Promise<{ url: string; board: Board }> {
  const { url } = await temporaryDatabase(t, server);
  const board = await another(t, url);
  for (const username of ['kitten', 'dog']) await (await board.welcome({ username })).users.me();
  return { url, board };
}

async function another(t: TestContext, url: string): Promise<Board> {
  const board = await openBoard(url, { onWarning: () => {} });
  atEnd(t, () => board.close());
  return board;
}

/** Has the server note the statements that make messages. */
async function watch(url: string): Promise<void> {
  const { run } = databaseServer(url);
  await run('create table seen (query text)');
  await run(`create function see() returns trigger language plpgsql as
    $$ begin insert into seen values (current_query()); return null; end $$`);
  await run('create trigger t after insert on messages for each statement execute function see()');
}

/** The statements that were noted: some. */
async function seen(t: TestContext, url: string): Promise<string[]> {
  const session = await databaseServer(url).connect();
  atEnd(t, () => session.end());
  const rows = await session.query('select distinct query from seen');
  assert.notEqual(rows.length, 0);
  return rows.map((row) => ('query' in row ? `${row.query}` : ''));
}

/** On PostgreSQL the clock's row is held by each writer and written by none: what took the latest ticks tells where it stands. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import pg from 'pg';
import { type Board, type Client, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

test('on PostgreSQL', { skip: without(...PRIVATE_SERVERS.postgres.needs) }, async (t) => {
  const { url: server } = await PRIVATE_SERVERS.postgres.start(t);

  await t.test('whatever takes a tick is found by other nodes, which count on from it', async (inner) => {
    const { boards, kitten, dog } = await open(inner, server);
    const [, other] = boards;
    const operator = boards[0].asOperator();
    const first = (await head(other)) + 1;
    for (const [what, ticks, act] of [
      ['a post', 1, () => kitten.messages.post({ text: 'one' })],
      ['an edit', 1, () => kitten.messages.edit(first, { text: 'two' })],
      ['a reply', 1, () => dog.messages.post({ text: 'reply', replyTo: first })],
      ['a message edited in the batch that it is posted in', 2, () => editedAtOnce(kitten, first + 3)],
      ['a deletion', 1, () => kitten.messages.delete(first)],
      ['a bulk', 3, () => kitten.messages.postMany([{ text: '1' }, { text: '2' }, { text: '3', to: ['dog'] }])],
      ['another bio', 1, () => kitten.users.update({ bio: 'Meow.' })],
      ['a moderator', 1, () => operator.users.administer('dog', { moderator: true })],
      ['a ban', 1, () => operator.users.administer('kitten', { banned: true })],
      ['its end', 1, () => operator.users.administer('kitten', { banned: false })],
      ['logging in', 0, () => kitten.sessions.open()],
      ['logging out everywhere', 1, () => kitten.sessions.close({ all: true })],
      ['signing up', 0, () => other.as().users.create({ username: 'puppy', password: 'woof' })],
    ] as const) {
      const before = await head(other);
      await act();
      assert.equal(await head(other), before + ticks, what);
      assert.equal(await head(boards[0]), before + ticks, what);
    }
    const before = await head(other);
    await dog.users.delete();
    const { id: next } = await other.as('kitten').messages.post({ text: 'next' });
    assert.ok(next > before + 1, 'a deleted account took a tick');
    assert.equal((await other.as().users.create({ username: 'bird', password: 'seed' })).id, 4);
  });

  await t.test(
    'under a long snapshot its row stays where it is, and no row of the log of batches is written twice',
    async (inner) => {
      const { url, kitten } = await open(inner, server);
      const client = await connect(inner, url);
      const look = async () => (await client.query('select ctid, xmin, * from clock')).rows;
      const before = await look();
      const snapshot = await connect(inner, url);
      await snapshot.query('begin isolation level repeatable read');
      await snapshot.query('select * from clock');

      for (let n = 0; n < 50; n++) await kitten.messages.post({ text: `${n}` });
      assert.deepEqual(await look(), before);
      const { rows } = await client.query('select noted from commits');
      assert.ok(rows.length >= 50, `${rows.length} rows`);
    },
  );

  await t.test('it is written on what is only like PostgreSQL, and who does so shares the board', async (inner) => {
    const { url, boards, kitten } = await open(inner, server);
    const client = await connect(inner, url);
    await client.query(`create function version() returns text language sql return 'CockroachDB'`);
    const writing = await openBoard(`${url}?options=-c%20search_path%3Dpublic,pg_catalog`);
    atEnd(inner, () => writing.close());
    for (let n = 0; n < 5; n++) {
      const { id } = await kitten.messages.post({ text: 'mine' });
      assert.equal((await writing.as('kitten').messages.post({ text: 'theirs' })).id, id + 1);
      assert.equal(await head(boards[1]), id + 1);
      const { rows } = await client.query('select seq::int, last_user_id::int from clock');
      assert.deepEqual(rows, [{ seq: id + 1, last_user_id: 2 }]);
    }
  });
});

interface Open {
  readonly url: string;
  readonly boards: readonly [Board, Board];
  readonly kitten: Client;
  readonly dog: Client;
}

/** Two nodes of a board. */
async function open(t: TestContext, server: string): Promise<Open> {
  const { url } = await temporaryDatabase(t, server);
  const boards = [await openBoard(url), await openBoard(url)] as const;
  for (const board of boards) atEnd(t, () => board.close());
  for (const username of ['kitten', 'dog']) await boards[0].as().users.create({ username, password: 'yarn' });
  return { url, boards, kitten: boards[0].as('kitten'), dog: boards[0].as('dog') };
}

async function head(board: Board): Promise<number> {
  const { cursor } = await board.as().messages.list();
  return Number(cursor.split('-')[0]);
}

/** Both in one turn of the event loop, so that they are committed together. */
async function editedAtOnce({ messages }: Client, id: number): Promise<void> {
  const posted = messages.post({ text: 'x' });
  for (let hop = 0; hop < 200; hop += 1) await undefined;
  await Promise.all([posted, messages.edit(id, { text: 'y' })]);
}

async function connect(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  atEnd(t, () => client.end());
  return client;
}

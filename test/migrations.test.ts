/** How a board that an older msgboard has made is brought up to date. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import test, { type TestContext } from 'node:test';
import { Kysely, type KyselyPlugin, sql } from 'kysely';
import { databaseOf } from '../src/board/database-url.ts';
import { openBoard } from '../src/index.ts';
import type { Filter } from '../src/model/filter.ts';
import { up as first } from '../src/store/migrations/0001-board.ts';
import { up as second } from '../src/store/migrations/0002-batches.ts';
import { up as third } from '../src/store/migrations/0003-lean-messages.ts';
import type { Db, Tables } from '../src/store/schema.ts';
import { temporaryDatabase } from './support/database.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What boards out there have seen stays as it was: whatever is to change becomes another file, and a line here. */
const LANDED = {
  '0001-board.ts': '12df5abb',
  '0002-batches.ts': 'b13543dd',
  '0003-lean-messages.ts': '246b8bad',
};

/** Sets of people are known by this of their ids. */
const digest = (of: unknown) => createHash('sha256').update(JSON.stringify(of)).digest('base64url');

/** What is answered, alone, changed, private and deleted, with and without others in its thread. */
const OLD_BOARD = [
  `insert into clock (one, seq, epoch, horizon, last_user_id) values (1, 12, 'old1', 0, 2)`,
  `insert into users (id, seq, username, username_key, password_hash, bio, data, created, moderator, banned, deleted)
    values (1, 0, 'kitten', 'kitten', null, 'Meow.', null, 1000, 0, 0, 0), (2, 0, 'puppy', 'puppy', null, null, null, 1000, 0, 0, 0)`,
  `insert into messages (id, seq, user_id, text, data, topics, created, edited, deleted, reply_to, thread, replies, audience) values
    (1, 1, 1, 'Hi!', null, '["cats"]', 2000, null, 0, 0, 1, 1, 0),
    (2, 2, 1, '🐱 ', null, '["cats"]', 3000, null, 0, 1, 1, 0, 0),
    (3, 3, 2, 'alone', null, '[]', 3000, null, 0, 0, 3, 0, 0),
    (4, 5, 2, 'changed', null, '["dogs"]', 3000, 4000, 0, 0, 4, 0, 0),
    (6, 6, 1, 'secret', null, '[]', 4000, null, 0, 0, 6, 0, 6),
    (7, 7, 2, 'joined', null, '[]', 4000, null, 0, 0, 6, 0, 6),
    (8, 8, 1, 'not answered any more', null, '[]', 4000, null, 0, 0, 8, 0, 0),
    (9, 10, 2, '', null, '[]', 4000, null, 1, 8, 8, 0, 0),
    (11, 12, 1, '', null, '[]', 4000, null, 1, 0, 11, 0, 0)`,
  `insert into threads (id, user_id, audience, topics, posts, latest) values (1, 1, 0, '["cats"]', 2, 2),
    (3, 2, 0, '[]', 1, 3), (4, 2, 0, '["dogs"]', 1, 4), (6, 1, 6, '[]', 2, 7), (8, 1, 0, '[]', 1, 8), (11, 1, 0, '[]', 0, 0)`,
  `insert into activity (viewer, topic, latest, thread) values (0, 'cats', 2, 1), (0, 'dogs', 4, 4), (1, '', 7, 6), (2, '', 7, 6)`,
  `insert into message_topics (topic, viewer, message_id) values ('cats', 0, 1), ('cats', 0, 2), ('dogs', 0, 4)`,
  'insert into recipients (user_id, author_id, message_id) values (1, 1, 6), (2, 1, 6), (1, 2, 7), (2, 2, 7)',
  `insert into audiences (id, hash, people) values (6, '${digest([1, 2])}', '[1,2]')`,
  `insert into conversations (hash, thread) values ('${digest([[1, 2], []])}', 6)`,
  `insert into topics (topic, threads, posts, latest) values ('cats', 1, 2, 2), ('dogs', 1, 1, 4)`,
  'insert into nodes (id, batch, noted) values (7, 2, 3000)',
];
const HEAD = 12;

/** What lists of it find, in the order of ids. */
const FOUND: readonly [filter: Filter, by: string | undefined, ids: readonly number[]][] = [
  [{}, undefined, [1, 2, 3, 4, 8]],
  [{}, 'puppy', [1, 2, 3, 4, 6, 7, 8]],
  [{ replyTo: 'none' }, undefined, [1, 3, 4, 8]],
  [{ replyTo: 1 }, undefined, [2]],
  [{ thread: 1 }, undefined, [1, 2]],
  [{ thread: 3 }, undefined, [3]],
  [{ thread: 6 }, 'kitten', [6, 7]],
  [{ thread: 6 }, undefined, []],
  [{ with: ['kitten'] }, 'puppy', [6, 7]],
  [{ user: ['puppy'] }, undefined, [3, 4]],
  [{ topic: ['cats', 'dogs'] }, undefined, [1, 2, 4]],
];

test('no migration that has landed is ever changed', async () => {
  const directory = new URL('../src/store/migrations/', import.meta.url);
  const found: Record<string, string> = {};
  for (const name of (await readdir(directory)).sort()) {
    const digest = createHash('sha256').update(await readFile(new URL(name, directory)));
    found[name] = digest.digest('hex').slice(0, 8);
  }
  assert.deepEqual(found, LANDED);
});

test('a board in a file', async (t) => {
  await isBroughtUpToDate(t, (await temporaryDatabase(t, undefined)).url);
});

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`a board on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const { url: server } = await PRIVATE_SERVERS[kind].start(t);
    await isBroughtUpToDate(t, (await temporaryDatabase(t, server)).url);
    if (kind === 'postgres') return;

    for (const [done, statements] of [
      ['dropped', ['drop table nodes']],
      ['made', ['drop table nodes', 'create table batches (id bigint primary key, noted bigint not null)']],
    ] as const) {
      await t.test(`goes on with a migration that was interrupted when a table was ${done}`, async (inner) => {
        const { url } = await temporaryDatabase(inner, server);
        await makeOld(url);
        await onDatabase(url, (db) => all(db, statements));
        await keepsAll(url);
      });
    }
    await t.test('goes on with a migration that was interrupted after any of its statements', async (inner) => {
      let statements = 0;
      for (let isInterrupted = true; isInterrupted; statements += 1) {
        const { url } = await temporaryDatabase(inner, server);
        await makeOld(url);
        isInterrupted = await interruptedAfter(statements, url);
        // The table that an older msgboard notes each batch in goes first, so none is written behind what is copied.
        if (statements > 0) await assert.rejects(onDatabase(url, (db) => all(db, ['select * from batches'])));
        await keepsAll(url);
      }
      assert.ok(statements > 10, `${statements} statements`);
    });
    await t.test('goes on with a first start that was interrupted', async (inner) => {
      const { url } = await temporaryDatabase(inner, server);
      await makeOld(url);
      await onDatabase(url, (db) =>
        all(db, ['delete from schema_version', 'drop table sessions', 'drop index keys_created on `keys`']),
      );
      await keepsAll(url);
    });
  });
}

async function isBroughtUpToDate(t: TestContext, url: string): Promise<void> {
  await t.test('is brought up to date with all that is on it', async () => {
    await makeOld(url);
    await keepsAll(url);
    await keepsAll(url, 1);
  });

  await t.test('is refused by an older msgboard, which changes nothing', async () => {
    let now = 0;
    await versioned(url, async (_, version) => {
      now = version;
      return version + 1;
    });
    await assert.rejects(openBoard(url), {
      message: `The database's schema has version ${now + 1}; this msgboard knows ${now}. Run a newer msgboard, or restore a backup.`,
    });
    await versioned(url, async (_, version) => {
      assert.equal(version, now + 1);
      return now;
    });
    await keepsAll(url, 2);
  });
}

/** As the first schema was. */
async function makeOld(url: string): Promise<void> {
  const { language } = await databaseOf(url);
  await versioned(url, async (db, version) => {
    assert.equal(version, 0);
    await first(db, language.types);
    await all(db, OLD_BOARD);
    return 1;
  });
}

/** @param posted - how many were posted since; another one is now. */
async function keepsAll(url: string, posted = 0): Promise<void> {
  const board = await openBoard(url);
  try {
    for (const [filter, by, ids] of FOUND) {
      const { messages } = await board.as(by).messages.list({ ...filter, before: HEAD + 1, order: 'asc' });
      assert.deepEqual(
        messages.map(({ id }) => id),
        ids,
        JSON.stringify(filter),
      );
    }
    const { messages: found, cursor } = await board.as('puppy').messages.list({ order: 'active' });
    const threads = [
      [8, 1, 8],
      [6, 2, 7],
      [4, 1, 4],
      [3, 1, 3],
    ];
    const answered = [1, 2 + posted, posted === 0 ? 2 : HEAD + posted];
    assert.deepEqual(
      found.map(({ id, posts, latest }) => [id, posts, latest?.id]),
      posted === 0 ? [...threads, answered] : [answered, ...threads],
    );
    assert.equal(cursor, `${HEAD + posted}-old1`);
    const { events } = await board.as().poll({ cursor: '4.4-old1', limit: 2 });
    assert.deepEqual(
      events.map((event) => 'message' in event && event.message?.id),
      [4, 8],
    );

    const answer = await board.as('kitten').messages.post({ text: 'Still here.', replyTo: 1 });
    assert.equal(answer.id, HEAD + posted + 1);
    assert.deepEqual(
      (await board.as().topics.list({ prefix: 'c' })).topics.map(({ topic, posts }) => [topic, posts]),
      [['cats', 3 + posted]],
    );
  } finally {
    await board.close();
  }
  for (const table of ['nodes', 'batches', 'threads'])
    await assert.rejects(
      onDatabase(url, (db) => all(db, [`select * from ${table}`])),
      'the old table is gone',
    );
}

/** Has the lean messages begun with. Tells whether there was more to do than so many statements. */
async function interruptedAfter(statements: number, url: string): Promise<boolean> {
  const { language } = await databaseOf(url);
  const interruption = new Error('interrupted');
  let run = 0;
  const interrupting: KyselyPlugin = {
    transformQuery({ node }) {
      if (run === statements) throw interruption;
      run += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  try {
    await versioned(url, async (db) => {
      await second(db, language.types);
      await third(db.withPlugin(interrupting), language.types);
      throw interruption;
    });
  } catch (error) {
    if (error !== interruption) throw error;
  }
  return run === statements;
}

async function all(db: Db, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Sets the version of the schema, as migrations do. */
function versioned(url: string, migrate: (db: Db, version: number) => Promise<number>): Promise<void> {
  return onDatabase(url, async (db) => (await databaseOf(url)).lockSchema(db, migrate));
}

async function onDatabase<Result>(url: string, act: (db: Kysely<Tables>) => Promise<Result>): Promise<Result> {
  const { writing } = await databaseOf(url);
  const db = new Kysely<Tables>({ dialect: writing });
  try {
    return await act(db);
  } finally {
    await db.destroy();
  }
}

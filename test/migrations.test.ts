/** How a board that an older msgboard has made is brought up to date. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import test, { type TestContext } from 'node:test';
import { Kysely, sql } from 'kysely';
import { databaseOf } from '../src/board/database-url.ts';
import { openBoard } from '../src/index.ts';
import { up as first } from '../src/store/migrations/0001-board.ts';
import type { Db, Tables } from '../src/store/schema.ts';
import { temporaryDatabase } from './support/database.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What boards out there have seen stays as it was: whatever is to change becomes another file, and a line here. */
const LANDED = {
  '0001-board.ts': '12df5abb',
  '0002-batches.ts': 'b13543dd',
};

const OLD_BOARD = [
  `insert into clock (one, seq, epoch, horizon, last_user_id) values (1, 2, 'old1', 0, 1)`,
  `insert into users (id, seq, username, username_key, password_hash, bio, data, created, moderator, banned, deleted)
    values (1, 0, 'kitten', 'kitten', null, 'Meow.', null, 1000, 0, 0, 0)`,
  `insert into messages (id, seq, user_id, text, data, topics, created, edited, deleted, reply_to, thread, replies, audience)
    values (1, 1, 1, 'Hi!', null, '["cats"]', 2000, null, 0, 0, 1, 1, 0), (2, 2, 1, '🐱 ', null, '["cats"]', 3000, null, 0, 1, 1, 0, 0)`,
  `insert into threads (id, user_id, audience, topics, posts, latest) values (1, 1, 0, '["cats"]', 2, 2)`,
  `insert into activity (viewer, topic, latest, thread) values (0, 'cats', 2, 1)`,
  `insert into message_topics (topic, viewer, message_id) values ('cats', 0, 1), ('cats', 0, 2)`,
  `insert into topics (topic, threads, posts, latest) values ('cats', 1, 2, 2)`,
  'insert into nodes (id, batch, noted) values (7, 2, 3000)',
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
    await keepsAll(url, 3);
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
    await keepsAll(url, 4);
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

/** @param messages - how many are there; another one is posted. */
async function keepsAll(url: string, messages = 2): Promise<void> {
  const board = await openBoard(url);
  try {
    const { messages: found, cursor } = await board.as().messages.list({ topic: ['cats'] });
    assert.deepEqual(found.map(({ text }) => text).slice(0, 2), ['Hi!', '🐱 ']);
    assert.equal(cursor, `${messages}-old1`);
    assert.equal((await board.as('kitten').messages.post({ text: 'Still here.', replyTo: 1 })).id, messages + 1);
    const { topics } = await board.as().topics.list();
    assert.deepEqual(
      topics.map(({ topic, posts }) => [topic, posts]),
      [['cats', messages + 1]],
    );
  } finally {
    await board.close();
  }
  await assert.rejects(
    onDatabase(url, (db) => all(db, ['select * from nodes'])),
    'the old table is gone',
  );
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

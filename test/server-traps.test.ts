/** What database servers do that a board must not fall for. How they are lost and come back, test/outages.test.ts shows. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import pg from 'pg';
import { type Board, type BoardOptions, openBoard } from '../src/index.ts';
import type { Measure } from '../src/model/measure.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { type DatabaseSession, databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { openStream } from './support/stream-reader.ts';

/** What each says in its own way. */
interface Sql {
  /** Makes every insertion of the message `poison` fail. */
  readonly poison: readonly string[];
  /** Makes the strictest isolation the default, and whatever a server may be too lenient about. */
  lenient(database: string): readonly string[];
  /** What waits for a lock, each by a name of its own. */
  readonly waiting: string;
}

const SQL: Readonly<Record<'postgres' | 'mariadb', Sql>> = {
  postgres: {
    poison: [
      `create function refuse() returns trigger language plpgsql as $$ begin
        if new.text = 'poison' then raise exception 'no'; end if; return new; end $$`,
      'create trigger refusing before insert on messages for each row execute function refuse()',
    ],
    lenient: (database) => [`alter database ${database} set default_transaction_isolation = 'serializable'`],
    waiting: `select xact_start::text as name from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  },
  mariadb: {
    poison: [
      `create trigger refusing before insert on messages for each row
        if new.text = 'poison' then signal sqlstate '45000' set message_text = 'no'; end if`,
    ],
    lenient: () => [`set global tx_isolation = 'SERIALIZABLE'`, `set global sql_mode = ''`],
    // What InnoDB itself tells of its locks is as of a moment that does not pass while it is asked again and again.
    waiting: `select query_id as name from information_schema.processlist
      where db = database() and info like 'update _topics_ set%'`,
  },
};

// Most of their time they wait for a lock.
describe('a board on a database server', { concurrency: 2 }, () => {
  for (const kind of ['postgres', 'mariadb'] as const) {
    test(kind, { skip: without(...PRIVATE_SERVERS[kind].needs), concurrency: 2 }, async (t) => {
      const { url } = await PRIVATE_SERVERS[kind].start(t);
      await Promise.all([
        t.test('waits for a lock, and leaves nothing of a try that ran out of patience', (inner) =>
          outlastsALock(inner, url, SQL[kind]),
        ),
        inTurn(t, url, SQL[kind]),
      ]);
    });
  }
});

async function inTurn(t: TestContext, url: string, sql: Sql): Promise<void> {
  await t.test('commits those who share a transaction with a statement that fails', async (inner) => {
    const { board, session } = await open(inner, url);
    for (const statement of sql.poison) await session.query(statement);
    const texts = Array.from({ length: 20 }, (_, n) => (n === 7 ? 'poison' : `${n}`));
    const ends = await Promise.allSettled(texts.map((text) => board.as('kitten').messages.post({ text })));
    assert.deepEqual(
      ends.flatMap(({ status }, n) => (status === 'rejected' ? [n] : [])),
      [7],
    );
    const { messages } = await board.as().messages.list({ limit: 100 });
    assert.deepEqual(messages.map(({ text }) => text).sort(), texts.filter((text) => text !== 'poison').sort());
  });

  await t.test('takes at most 1,000 messages, of 4 MiB, into a transaction', async (inner) => {
    const commits: number[] = [];
    const onMeasure = (measure: Measure) => measure.kind === 'commit' && commits.push(measure.writes);
    const { board } = await open(inner, url, { onMeasure });
    for (const [messages, text, most] of [
      [400, 'x', 2],
      [25, '🐱'.repeat(10_000), 4],
    ] as const) {
      commits.length = 0;
      const drafts = Array.from({ length: messages }, () => ({ text }));
      await Promise.all(Array.from({ length: 12 }, () => board.as('kitten').messages.postMany(drafts)));
      assert.equal(Math.max(...commits), most, `${commits}`);
    }
  });

  await t.test('reads a page and the place that it is of in one moment', async (inner) => {
    const { board, at } = await open(inner, url);
    const other = await openBoard(at, { onWarning: () => {} });
    atEnd(inner, () => other.close());
    let isOver = false;
    const write = async () => {
      while (!isOver) await other.as('kitten').messages.post({ text: 'x' });
    };
    const writing = write();
    for (let n = 0; n < 100; n += 1) {
      const { messages, cursor } = await board.as().messages.list({ order: 'desc', limit: 3 });
      assert.equal(messages[0]?.id ?? 0, Number.parseInt(cursor, 10));
    }
    // Control: two statements are of two moments.
    const head = async () => Number.parseInt((await board.as().messages.list({ limit: 1 })).cursor, 10);
    const latest = async () => (await board.as().messages.list({ order: 'desc', limit: 1 })).messages[0]?.id;
    await eventually(async () => assert.notEqual(await head(), await latest()));
    isOver = true;
    await writing;
  });

  await t.test('ends on every node what a ban or a new password ends on one', async (inner) => {
    const here = await startTestServer(inner, { database: await temporaryDatabase(inner, url) });
    const there = await startTestServer(inner, { database: here.database });
    const kitten = await here.api.signUp('kitten');
    const wolf = await here.api.signUp('wolf');
    // Both are remembered there.
    for (const person of [kitten, wolf]) assert.equal((await there.api.get('/user', { as: person })).status, 200);
    const { token } = await there.api.logIn(wolf);
    const stream = await openStream(there.url, '/stream', { headers: { authorization: `Bearer ${token}` } });

    await here.board.asOperator().users.administer('wolf', { banned: true });
    await stream.ended;
    assert.equal((await there.api.get('/user', { as: wolf })).status, 401);
    assert.equal(
      (await here.api.patch('/user', { password: 'string', currentPassword: 'yarn' }, { as: kitten })).status,
      200,
    );
    await eventually(async () => assert.equal((await there.api.get('/user', { as: kitten })).status, 401));
    assert.equal((await there.api.get('/user', { as: { ...kitten, password: 'string' } })).status, 200);
  });

  await t.test("leaves the program's own ways with 64-bit numbers alone", async (inner) => {
    const { board } = await open(inner, url);
    assert.equal((await board.as('kitten').messages.post({ text: 'x' })).id, 1);
    assert.equal(pg.types.getTypeParser(pg.types.builtins.INT8)('5'), '5');
  });

  await t.test("writes in order, whatever the server's defaults are", async (inner) => {
    const database = await temporaryDatabase(inner, url);
    for (const statement of sql.lenient(new URL(database.url).pathname.slice(1)))
      await databaseServer(url).run(statement);
    const boards = await Promise.all([0, 1].map(() => openBoard(database.url, { onWarning: () => {} })));
    for (const board of boards) atEnd(inner, () => board.close());
    await boards[0]?.as().users.create({ username: 'kitten', password: 'yarn' });

    const posts = boards.flatMap((board) =>
      Array.from({ length: 30 }, async () => (await board.as('kitten').messages.post({ text: 'x' })).id),
    );
    const ids = (await Promise.all(posts)).sort((one, other) => one - other);
    assert.deepEqual(
      ids,
      Array.from({ length: 60 }, (_, n) => n + 1),
    );
  });
}

/** Somebody else holds a row that is written after the message itself, for longer than the board waits. */
async function outlastsALock(t: TestContext, url: string, { waiting }: Sql): Promise<void> {
  const { board, session, at } = await open(t, url);
  const { messages, topics } = board.as('kitten');
  await messages.post({ text: 'before', topics: ['cats'] });
  const other = await databaseServer(at).connect();
  atEnd(t, () => other.end());
  await other.query('begin');
  await other.query(`update topics set posts = posts where topic = 'cats'`);

  const posted = messages.post({ text: 'patient', topics: ['cats'] });
  const waits = async () => nameOf(await session.query(waiting));
  const first = await eventually(waits);
  await eventually(async () => assert.notEqual(await waits(), first, 'the second try'));
  await other.query('rollback');
  assert.equal((await posted).id, 2);
  assert.deepEqual(
    (await messages.list()).messages.map(({ text }) => text),
    ['before', 'patient'],
  );
  assert.deepEqual(
    (await topics.list()).topics.map(({ posts }) => posts),
    [2],
  );
}

function nameOf([row]: readonly object[]): unknown {
  assert.ok(row && 'name' in row, 'nobody waits');
  return row.name;
}

interface Opened {
  readonly board: Board;
  readonly session: DatabaseSession;
  /** Its URL. */
  readonly at: string;
}

/** A board with a kitten on it. */
async function open(t: TestContext, server: string, options: BoardOptions = {}): Promise<Opened> {
  const { url: at } = await temporaryDatabase(t, server);
  const board = await openBoard(at, { onWarning: () => {}, ...options });
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const session = await databaseServer(at).connect();
  atEnd(t, () => session.end());
  return { board, session, at };
}

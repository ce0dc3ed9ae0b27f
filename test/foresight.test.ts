/** A board that one node alone writes on is written without a look; and whatever others do, nobody can tell. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, BoardError, type Client, openBoard } from '../src/index.ts';
import type { ListQuery } from '../src/model/client.ts';
import type { Measure } from '../src/model/measure.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { startDatabaseProxy } from './support/database-proxy.ts';
import { databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { Random } from './support/random.ts';
import { numberSetting, without } from './support/settings.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));

const NAMES = ['kitten', 'dog', 'mouse'];
const TOPICS = ['cats', 'dogs', 'weather'];

/** So many acts are one node's alone. */
const ALONE = 100;

/** The connections to a database. */
const CONNECTIONS = {
  postgres: (name: string) => `select pid from pg_stat_activity where datname = '${name}'`,
  mariadb: (name: string) => `select id from information_schema.processlist where db = '${name}'`,
};

/** Who waits for a lock. */
const WAITING = {
  postgres: "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  // Its list of transactions is made anew only if nobody has read it for 100 ms.
  mariadb:
    "select 1 from information_schema.global_status where variable_name = 'innodb_row_lock_current_waits' and variable_value = 1",
};

/** What a post writes. */
const TABLES = ['clock', 'messages', 'standings', 'follow_ups', 'activity', 'commits'];

/** Something that is done on a board, the same on any. */
type Act = (board: Board) => Promise<unknown>;

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const { url: server } = await PRIVATE_SERVERS[kind].start(t);

    await t.test('what a node writes alone goes to the database and back once', async (inner) => {
      const { url } = await temporaryDatabase(inner, server);
      const proxy = await startDatabaseProxy(inner, url);
      const board = await open(inner, proxy.url);
      const kitten = board.as('kitten');
      const first = await kitten.messages.post({ text: 'first', topics: ['cats'] });
      const secret = await kitten.messages.post({ text: 'psst', to: ['dog'], topics: ['cats'] });
      for (let n = 0; n < 10; n++) await kitten.messages.post({ text: `${n}` });

      const trips = async (write: () => Promise<unknown>) => {
        const before = proxy.trips();
        await write();
        return proxy.trips() - before;
      };
      const writes: Readonly<Record<string, () => Promise<unknown>>> = {
        post: () => kitten.messages.post({ text: 'one' }),
        'post with a key': () => kitten.messages.post({ text: 'two' }, { idempotencyKey: 'a new one' }),
        'post in a topic': () => kitten.messages.post({ text: 'three', topics: ['cats'] }),
        reply: () => kitten.messages.post({ text: 'four', replyTo: first.id }),
        'private post': () => kitten.messages.post({ text: 'five', to: ['dog'], topics: ['cats'] }),
        'private reply': () => kitten.messages.post({ text: 'six', replyTo: secret.id }),
        edit: () => kitten.messages.edit(first.id, { text: 'seven' }),
      };
      // The first key of a while has old ones looked for, and the first post in a topic that topic.
      await kitten.messages.post({ text: 'zero', topics: ['cats'] }, { idempotencyKey: 'the first' });
      const told: Record<string, number> = {};
      for (const [name, write] of Object.entries(writes)) told[name] = await trips(write);
      assert.deepEqual(told, Object.fromEntries(Object.keys(writes).map((name) => [name, 1])));

      // What it cannot know, it asks: who it is that writes, and what a key was used for.
      const twice = kitten.messages.post({ text: 'two' }, { idempotencyKey: 'a new one' });
      assert.equal((await twice).text, 'two');
      assert.equal(await trips(() => kitten.messages.post({ text: 'eight' })), 1, 'nor was that a miss');
      assert.ok((await trips(() => board.as('dog').messages.post({ text: 'woof' }))) > 1);
    });

    if (kind === 'mariadb') await t.test('MariaDB is told a post as one block', (inner) => isOneBlock(inner, server));

    await t.test(
      'whoever is banned while a node waits for the clock is refused, however well they are known',
      (inner) => isBannedMeanwhile(inner, server, kind),
    );

    await t.test('whoever another node has banned is refused at once, however well they are known', async (inner) => {
      const { url } = await temporaryDatabase(inner, server);
      const [here, there] = [await open(inner, url), await openBoard(url)];
      atEnd(inner, () => there.close());
      for (let n = 0; n < 12; n++) await here.as('mouse').messages.post({ text: `${n}` });
      await there.asOperator().users.administer('mouse', { banned: true });
      await assert.rejects(here.as('mouse').messages.post({ text: 'squeak' }), BoardError);
      assert.equal((await there.as().messages.list({ order: 'desc' })).messages[0]?.text, '11');
    });

    await t.test('a node whose database is gone says so, however well it knew it', async (inner) => {
      const { url } = await temporaryDatabase(inner, server);
      const board = await open(inner, url);
      for (let n = 0; n < 12; n++) await board.as('kitten').messages.post({ text: `${n}` });
      const name = new URL(url).pathname.slice(1);
      const session = await databaseServer(server).connect();
      atEnd(inner, () => session.end());
      const connections = await session.query(CONNECTIONS[kind](name));
      await session.query(databaseServer(server).drop(name));
      // PostgreSQL has ended them by now.
      if (kind === 'mariadb') for (const each of connections) await session.query(`kill ${Object.values(each)}`);
      await assert.rejects(board.as('kitten').messages.post({ text: 'lost' }));
      await session.query(`create database ${name}`);
    });

    await t.test('what others have written meanwhile is no outage', async (inner) => {
      const { url } = await temporaryDatabase(inner, server);
      let outages = 0;
      const onMeasure = ({ kind }: Measure) => {
        if (kind === 'outage') outages += 1;
      };
      const [here, there] = [await open(inner, url), await openBoard(url, { onMeasure })];
      atEnd(inner, () => there.close());
      for (let n = 0; n < 12; n++) await there.as('kitten').messages.post({ text: `${n}` });
      await here.as('kitten').messages.post({ text: 'meanwhile' });
      // With a topic that has to be looked for in the middle of it.
      await there.as('kitten').messages.post({ text: 'after that', topics: ['a new one'] });
      assert.equal(outages, 0);
    });

    await t.test(
      'commits that the database loses are not built upon, though others come in their place',
      async (inner) => {
        const { url } = await temporaryDatabase(inner, server);
        const board = await open(inner, url);
        const { messages } = board.as('kitten');
        const first = await messages.post({ text: 'first' });
        for (let n = 0; n < 12; n++) await messages.post({ text: `${n}` });
        const session = await databaseServer(url).connect();
        atEnd(inner, () => session.end());
        for (const table of TABLES) await session.query(`create table saved_${table} as select * from ${table}`);
        const lost = 3;
        for (let n = 0; n < lost; n++) await messages.post({ text: `lost ${n}`, replyTo: first.id });
        for (const table of TABLES) {
          await session.query(`delete from ${table}`);
          await session.query(`insert into ${table} select * from saved_${table}`);
        }
        const other = await openBoard(url);
        atEnd(inner, () => other.close());
        for (let n = 0; n < lost; n++) await other.as('dog').messages.post({ text: `instead ${n}` });

        await messages.post({ text: 'a reply', replyTo: first.id });
        const { replies, posts } = await other.as().messages.get(first.id);
        assert.deepEqual({ replies, posts }, { replies: 1, posts: 2 });
      },
    );

    await t.test(
      'two nodes that write in turn, and one that looks each time, end with the same board',
      async (inner) => {
        inner.diagnostic(`MSGBOARD_SEED=${SEED}`);
        const random = new Random(SEED);
        const { url } = await temporaryDatabase(inner, server);
        const proxy = await startDatabaseProxy(inner, url);
        const nodes = [await open(inner, proxy.url), await openBoard(url)] as const;
        atEnd(inner, () => nodes[1].close());
        const looking = await open(inner, 'sqlite::memory:');

        let node = nodes[0];
        for (let n = 0; n < ALONE + 200; n++) {
          if (n === ALONE) inner.diagnostic(`${proxy.trips()} round trips for the first ${ALONE}`);
          // At first one has the board for itself, later for stretches.
          if (n > ALONE && random.chance(0.03)) node = random.pick(nodes) ?? node;
          const act = anyAct(random, n);
          const [done, expected] = [await outcomeOf(act(node)), await outcomeOf(act(looking))];
          assert.deepEqual(done, expected, `act ${n}`);
        }
        for (const node of nodes) assert.deepEqual(await contentsOf(node), await contentsOf(looking));
      },
    );
  });
}

async function open(t: TestContext, url: string): Promise<Board> {
  const board = await openBoard(url);
  atEnd(t, () => board.close());
  for (const username of NAMES) await board.as().users.create({ username, password: 'yarn' });
  return board;
}

/** Acts on messages that there may be, as there may be none of that id, or one that is gone or somebody else's. */
function anyAct(random: Random, n: number): Act {
  const name = random.pick(NAMES) ?? '';
  const id = 1 + Math.max(0, n - 1 - random.below(12));
  const topics = TOPICS.filter(() => random.chance(0.3));
  const as =
    (use: (client: Client) => Promise<unknown>): Act =>
    (board) =>
      use(board.as(name));
  const what = random.next();
  if (what < 0.35) return as(({ messages }) => messages.post({ text: `${n}`, topics }));
  if (what < 0.55) return as(({ messages }) => messages.post({ text: `${n}`, topics, replyTo: id }));
  if (what < 0.65) return as(({ messages }) => messages.post({ text: `${n}`, topics, to: ['dog'] }));
  if (what < 0.75) {
    const idempotencyKey = `key ${Math.floor(n / 4)}`;
    return as(({ messages }) => messages.post({ text: 'with a key', topics: [] }, { idempotencyKey }));
  }
  if (what < 0.86) return as(({ messages }) => messages.edit(id, { text: `edited ${n}` }));
  if (what < 0.98) return as(({ messages }) => messages.delete(id));
  return as(({ users }) => users.update({ bio: `${n}` }));
}

/** What an act came to, but for times, and for what of people other nodes hear a moment later. */
async function outcomeOf(act: Promise<unknown>): Promise<unknown> {
  const outcome = await act.catch((error: Error) => error.message);
  const isLeftOut = (key: string) => ['created', 'edited', 'bio'].includes(key);
  return JSON.parse(JSON.stringify(outcome ?? null, (key, value) => (isLeftOut(key) ? '' : value)));
}

const QUERIES: readonly ListQuery[] = [
  { order: 'asc' },
  { order: 'desc' },
  { order: 'active' },
  { order: 'active', topic: ['cats'] },
  { order: 'desc', user: ['dog'] },
  { order: 'desc', visibility: 'private' },
];

/** What each person sees of a board. */
async function contentsOf(board: Board): Promise<unknown[]> {
  const clients = NAMES.map((name) => board.as(name));
  const pages = clients.flatMap(({ messages, topics }) => [
    ...QUERIES.map(async (query) => (await messages.list({ ...query, limit: 100 })).messages),
    topics.list({ order: 'name' }).then((page) => page.topics),
  ]);
  return Promise.all(pages.map(outcomeOf));
}

/** Has the server note all that it is told. */
async function isOneBlock(t: TestContext, server: string): Promise<void> {
  const { url } = await temporaryDatabase(t, server);
  const board = await open(t, url);
  const session = await databaseServer(server).connect();
  atEnd(t, () => session.end());
  await session.query("set global log_output = 'TABLE', global general_log = 1");
  atEnd(t, async () => void (await session.query('set global general_log = 0')));

  for (let n = 0; n < 12; n++) await board.as('kitten').messages.post({ text: `a note ${n}` });
  const rows = await session.query(
    "select convert(argument using utf8mb4) from mysql.general_log where argument like '%a note 11%' and argument not like '%general_log%'",
  );
  assert.equal(rows.length, 1);
  const statements = String(Object.values(rows[0] ?? {})[0]).split(';\n');
  assert.deepEqual(
    statements.map((statement) => /^(?:insert into|update) `\w+`/.exec(statement)?.[0] ?? statement),
    [
      '/*M! begin not atomic */ rollback and chain',
      'update `clock`',
      'insert into `commits`',
      'insert into `messages`',
      'commit /*M! ; end */',
    ],
  );
}

/** Another node, which holds the clock at first. */
async function isBannedMeanwhile(t: TestContext, server: string, kind: 'postgres' | 'mariadb'): Promise<void> {
  const { url } = await temporaryDatabase(t, server);
  const board = await open(t, url);
  const kitten = board.as('kitten');
  const { id } = await kitten.messages.post({ text: 'first' });
  for (let n = 0; n < 12; n++) await kitten.messages.edit(id, { text: `${n}` });
  const { seq } = await board.as().messages.get(id);
  const [other, judge] = [await databaseServer(url).connect(), await databaseServer(url).connect()];
  for (const session of [other, judge]) atEnd(t, () => session.end());

  await other.query('start transaction');
  await other.query('select * from clock for update');
  const edited = kitten.messages.edit(id, { text: 'too late' });
  edited.catch(() => {});
  await eventually(async () => assert.equal((await judge.query(WAITING[kind])).length, 1));
  await other.query(`update users set banned = 1, seq = ${seq + 1} where username = 'kitten'`);
  // On PostgreSQL the rows alone tell where the board stands.
  if (kind === 'mariadb') await other.query(`update clock set seq = ${seq + 1}`);
  await other.query('commit');
  await assert.rejects(edited, { code: 'unauthorized' });
  assert.equal((await board.as().messages.get(id)).text, '11');
}

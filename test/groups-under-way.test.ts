/** Groups that are sent behind others, before those are committed, come to pass each once and in order, or fail with them. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, type Message, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { type DatabaseProxy, startDatabaseProxy } from './support/database-proxy.ts';
import { type DatabaseSession, databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { Random } from './support/random.ts';
import { numberSetting, without } from './support/settings.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const NAMES = ['kitten', 'dog', 'mouse'] as const;

/** Who does something, but for who only holds the clock, and how to stop what they do. */
const BUSY = {
  postgres: {
    find: (name: string) => `select pid from pg_stat_activity where datname = '${name}' and state = 'active'`,
    stop: (id: unknown) => `select pg_cancel_backend(${id})`,
  },
  mariadb: {
    find: (name: string) => `select id from information_schema.processlist where db = '${name}' and command = 'Query'`,
    stop: (id: unknown) => `kill query ${id}`,
  },
};

/** So many batches by one node alone, and it knows the board. */
const PROOF = 12;

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const { url: server } = await PRIVATE_SERVERS[kind].start(t);

    await t.test('what is sent behind others is answered in order', async (inner) => {
      const { board, proxy, session } = await open(inner, server);
      const writes = await whileHeld(board, proxy, session);
      await session.query('commit');
      const ids = (await Promise.all(writes)).map(({ id }) => id);
      assert.deepEqual(
        ids,
        ids.map((_, index) => (ids[0] ?? 0) + index),
      );
    });

    await t.test('if something else has come in between, each is tried again on the board as it is', async (inner) => {
      const { board, proxy, session } = await open(inner, server);
      const [last] = (await board.as().messages.list({ order: 'desc', limit: 1 })).messages;
      const seq = (last?.seq ?? 0) + 1;
      const writes = await whileHeld(board, proxy, session);
      await session.query(`update users set banned = 1, seq = ${seq} where username = 'dog'`);
      // On PostgreSQL the rows alone tell where the board stands.
      if (kind === 'mariadb') await session.query(`update clock set seq = ${seq}`);
      await session.query('commit');
      const outcomes = await Promise.allSettled(writes);
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.id : outcome.reason.code)),
        [seq + 1, 'unauthorized', seq + 2],
      );
      assert.deepEqual(
        (await stored(session)).map(({ text }) => text),
        ['kitten', 'mouse'],
      );
    });

    await t.test(
      'nothing is sent behind what changes nothing, so that if it fails nothing goes with it',
      async (inner) => {
        const { board, session, name } = await open(inner, server);
        const [last] = (await board.as().messages.list({ order: 'desc', limit: 1, user: ['kitten'] })).messages;
        assert.ok(last);
        await session.query('start transaction');
        await session.query('select * from clock for update');
        const { messages } = board.as('kitten');
        const edited = messages.edit(last.id, { text: last.text });
        const killer = await databaseServer(server).connect();
        atEnd(inner, () => killer.end());
        const busy = async () => (await killer.query(BUSY[kind].find(name))).flatMap((row) => Object.values(row));
        await eventually(async () => assert.equal((await busy()).length, 1));
        const posted = board.as('dog').messages.post({ text: 'after it', topics: ['a new one'] });
        const editedAgain = messages.edit(last.id, { text: 'another text' });
        for (const id of await busy()) await killer.query(BUSY[kind].stop(id));
        await session.query('commit');
        assert.equal((await edited).text, last.text);
        const { id } = await posted;
        await editedAgain;
        assert.equal((await messages.get(last.id)).text, 'another text', 'the first came first');
        assert.deepEqual(await stored(session), [{ id, text: 'after it' }]);
        const [topic] = (await board.as().topics.list()).topics;
        assert.equal(topic?.posts, 1);
      },
    );

    await t.test(
      'however connections break and statements are stopped, what is acknowledged is there once, and in order',
      async (inner) => {
        inner.diagnostic(`MSGBOARD_SEED=${SEED}`);
        const random = new Random(SEED);
        const { board, proxy, session, name } = await open(inner, server);
        const killer = await databaseServer(server).connect();
        atEnd(inner, () => killer.end());
        let isOver = false;
        const acknowledged: { readonly id: number; readonly text: string }[] = [];
        const failed = new Set<string>();
        const writers = Array.from({ length: 8 }, async (_, writer) => {
          for (let n = 0; !isOver; n++) {
            const text = `${writer}: ${n}`;
            try {
              acknowledged.push(await board.as(random.pick(NAMES)).messages.post({ text }));
            } catch (error) {
              assert.equal((error as { code?: string }).code, 'unavailable');
              failed.add(text);
            }
          }
        });
        for (let n = 0; n < 40; n++) {
          const fate = random.pick(['lost', 'unanswered'] as const) ?? 'lost';
          if (n % 2 === 0) await proxy.next(random.pick(['commit', 'begin|start|rollback']) ?? '', fate);
          else
            for (const row of await killer.query(BUSY[kind].find(name)))
              await killer.query(BUSY[kind].stop(Object.values(row)[0])).catch(() => {});
          const target = acknowledged.length + random.below(200);
          await eventually(() => assert.ok(acknowledged.length >= target));
        }
        isOver = true;
        await Promise.all(writers);

        const rows = await stored(session);
        const texts = rows.map(({ text }) => text);
        assert.equal(new Set(texts).size, texts.length, 'none is there twice');
        const byText = new Map(rows.map(({ text, id }) => [text, id]));
        for (const { id, text } of acknowledged) assert.equal(byText.get(text), id, text);
        assert.ok(texts.every((text) => failed.has(text) || acknowledged.some((one) => one.text === text)));
        for (let writer = 0; writer < 8; writer++) {
          const own = texts.filter((text) => text.startsWith(`${writer}: `)).map((text) => Number(text.split(' ')[1]));
          assert.deepEqual(
            own,
            own.toSorted((one, other) => one - other),
          );
        }
      },
    );
  });
}

/** A board that a node knows well enough to write on it without a look. */
async function open(t: TestContext, server: string) {
  const { url } = await temporaryDatabase(t, server);
  const proxy = await startDatabaseProxy(t, url);
  const board = await openBoard(proxy.url);
  atEnd(t, () => board.close());
  for (const username of NAMES) await board.as().users.create({ username, password: 'yarn' });
  for (let n = 0; n < PROOF; n++) await board.as(NAMES[n % 3]).messages.post({ text: `${n}` });
  const session = await databaseServer(url).connect();
  atEnd(t, () => session.end());
  return { board, proxy, session, name: new URL(url).pathname.slice(1) };
}

/** Three posts while somebody else holds the clock: the second is sent behind the first, and the third waits. */
async function whileHeld(board: Board, proxy: DatabaseProxy, session: DatabaseSession) {
  await session.query('start transaction');
  await session.query('select * from clock for update');
  const writes: Promise<Message>[] = [];
  for (const name of NAMES) {
    const sent = proxy.next('commit', 'heard');
    writes.push(board.as(name).messages.post({ text: name }));
    if (writes.length < NAMES.length) await sent;
  }
  for (const write of writes) write.catch(() => {});
  return writes;
}

/** What came after what the node has learned by. */
async function stored(session: DatabaseSession) {
  const rows = await session.query('select id, text from messages order by id');
  return rows
    .slice(PROOF)
    .map((row) => ({ id: Number(Reflect.get(row, 'id')), text: String(Reflect.get(row, 'text')) }));
}

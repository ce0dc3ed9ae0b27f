import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBoard } from '../src/index.ts';
import type { Message } from '../src/model/message.ts';
import { temporaryDatabase } from './support/database.ts';
import { startDatabaseProxy } from './support/database-proxy.ts';
import { databaseServer } from './support/database-servers.ts';
import { plainPostgres } from './support/dialects.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS, type PrivateServer } from './support/private-servers.ts';
import { sendRaw } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { openStream } from './support/stream-reader.ts';

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const server = await PRIVATE_SERVERS[kind].start(t);

    await t.test('writes and reads get 503 while the database is away, and streams go on', (inner) =>
      dies(inner, server),
    );
    for (const [word, fate] of [
      ['commit', 'unanswered'],
      ['commit', 'lost'],
      ['insert', 'lost'],
    ] as const) {
      await t.test(`a connection that breaks at ${word}, ${fate}: the message is there once`, async (inner) => {
        const database = await temporaryDatabase(inner, server.url);
        const proxy = await startDatabaseProxy(inner, database.url);
        const { api } = await startTestServer(inner, { database: { ...database, at: proxy.url } });
        const kitten = await api.signUp('kitten');

        const broken = proxy.next(word, fate);
        const { id } = await api.say(kitten, 'Am I there?');
        await broken;
        assert.deepEqual(
          (await api.board()).map((message) => message.id),
          [id],
        );
      });
    }
    if (kind === 'postgres') await breaksByDialect(t, server);
    await t.test('a node that hangs while it holds the clock holds up the others for seconds alone', async (inner) => {
      const database = await temporaryDatabase(inner, server.url);
      const proxy = await startDatabaseProxy(inner, database.url);
      const hanging = await startTestServer(inner, { database: { ...database, at: proxy.url } });
      const other = await startTestServer(inner, { database });
      const kitten = await hanging.api.signUp('kitten');

      const hangs = proxy.next('insert', 'silent');
      const late = hanging.api.post<Message>('/message', { text: 'late' }, { as: kitten });
      await hangs;
      await other.api.say(kitten, 'in time');
      // Its own is never half there: answered and stored, or refused and not.
      const { status } = await late;
      assert.ok(status === 201 || status === 503, `${status}`);
      const texts = (await other.api.board()).map(({ text }) => text);
      assert.deepEqual(texts, status === 201 ? ['in time', 'late'] : ['in time']);
    });
    await t.test(
      'a board that is closed while it reaches for the database leaves no connection behind',
      async (inner) => {
        const proxy = await startDatabaseProxy(inner, (await temporaryDatabase(inner, server.url)).url);
        const board = await openBoard(proxy.url, { onWarning: () => {} });
        const release = proxy.hold();
        const reads = Promise.allSettled(Array.from({ length: 20 }, () => board.as().messages.list()));
        await eventually(() => assert.ok(proxy.count().held > 0));
        const closed = board.close();
        await eventually(() => assert.ok(proxy.count().all <= proxy.count().held));
        release();
        await Promise.all([closed, reads]);
        await eventually(() => assert.equal(proxy.count().all, 0));
      },
    );
    await t.test('a server that closes hangs up on whoever a silent database keeps waiting', async (inner) => {
      const database = await temporaryDatabase(inner, server.url);
      const proxy = await startDatabaseProxy(inner, database.url);
      const { api, url, close } = await startTestServer(inner, { database: { ...database, at: proxy.url } });
      await api.say(await api.signUp('kitten'), 'Is anybody there?');

      proxy.silence();
      const answers = ['', 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'].map(async (before) => {
        const received = await sendRaw(url, `${before}GET /stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        return received.match(/HTTP\/1\.1 /g)?.length ?? 0;
      });
      await eventually(async () =>
        assert.match(await (await fetch(`${url}/metrics`)).text(), /route="\/health\/live"/),
      );
      await close();
      assert.deepEqual(await Promise.all(answers), [0, 1]);
    });
    await t.test('twenty may start at once on an empty database', async (inner) => {
      const { url } = await temporaryDatabase(inner, server.url);
      const boards = await Promise.all(Array.from({ length: 20 }, () => openBoard(url, { onWarning: () => {} })));
      await boards[0]?.as().users.create({ username: 'kitten', password: 'yarn' });
      for (const board of boards) assert.equal((await board.as().users.get('kitten')).id, 1);
      await Promise.all(boards.map((board) => board.close()));
    });
    await t.test('commits that the database loses begin another history', (inner) => losesCommits(inner, server));
  });
}

/** The same by a driver of which nothing is known, in whose errors the database's own must be told from lost connections. */
async function breaksByDialect(t: TestContext, server: PrivateServer): Promise<void> {
  for (const fate of ['unanswered', 'lost'] as const) {
    await t.test(`a commit ${fate} by a dialect of Kysely's: the message is there once`, async (inner) => {
      const database = await temporaryDatabase(inner, server.url);
      const proxy = await startDatabaseProxy(inner, database.url);
      const dialect = plainPostgres(proxy.url)();
      const { api } = await startTestServer(inner, { database: { ...database, at: { dialect } } });
      const kitten = await api.signUp('kitten');

      const broken = proxy.next('commit', fate);
      const { id } = await api.say(kitten, 'Am I there?');
      await broken;
      assert.deepEqual(
        (await api.board()).map((message) => message.id),
        [id],
      );
    });
  }
}

async function dies(t: TestContext, server: PrivateServer): Promise<void> {
  const database = await temporaryDatabase(t, server.url);
  const { api, url } = await startTestServer(t, { database });
  const kitten = await api.signUp('kitten');
  await api.say(kitten, 'before');
  const reader = await openStream(url, '/stream?after=0');

  await server.crash();
  for (const { status, headers } of [
    await api.post('/message', { text: 'meanwhile' }, { as: kitten }),
    await api.get('/messages'),
    await api.get('/health/ready'),
  ]) {
    assert.equal(status, 503);
    assert.ok(headers.get('retry-after'), 'Retry-After');
  }
  await server.start();
  await eventually(async () => assert.equal((await api.get('/health/ready')).status, 200));
  await api.say(kitten, 'after');

  await eventually(() => {
    const texts = reader.events.flatMap(({ type, message }) => (type === 'message' ? [message.text] : []));
    assert.deepEqual(texts, ['before', 'after']);
  });
  reader.cut();
}

async function losesCommits(t: TestContext, server: PrivateServer): Promise<void> {
  const database = await temporaryDatabase(t, server.url);
  const { api, url } = await startTestServer(t, { database });
  const kitten = await api.signUp('kitten');
  await api.say(kitten, 'kept');
  // It is asked each second for news: once it has been, all that comes before the next time may be lost again.
  await sleep(1500);
  await api.sayMany(kitten, 2);
  const cursor = (await api.get('/messages')).headers.get('last-event-id') ?? '';
  const reader = await openStream(url);

  for (const loss of ['delete from messages where id > 1', 'update clock set seq = 1'])
    await databaseServer(database.url).run(loss);
  await eventually(() => assert.ok(reader.events.some(({ type }) => type === 'reset')));
  const { headers } = await api.get('/messages');
  assert.notEqual(headers.get('last-event-id')?.split('-')[1], cursor.split('-')[1], 'another epoch');
  reader.cut();
}

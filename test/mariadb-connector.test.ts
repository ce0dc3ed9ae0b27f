import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CompiledQuery, type DatabaseConnection, type Driver } from 'kysely';
import { createConnection } from 'mariadb';
import { openBoard } from '../src/index.ts';
import { ConnectionLost } from '../src/store/dialects/connection-lost.ts';
import { MYSQL } from '../src/store/dialects/languages/mysql.ts';
import { mysql } from '../src/store/dialects/mysql.ts';
import { atEnd } from './support/cleanup.ts';
import { type DatabaseProxy, startDatabaseProxy } from './support/database-proxy.ts';
import { databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

for (const [name, url] of [
  ['names no database', 'mariadb://cat:yarn@127.0.0.1'],
  ['names none behind a slash', 'mysql://cat:yarn@127.0.0.1/'],
  ['is not percent-encoded', 'mariadb://cat:yarn%@127.0.0.1/board'],
  ['has an option that is not as it must be', 'mariadb://cat:yarn@127.0.0.1/board?connectAttributes={'],
] as const) {
  test(`a URL that ${name} is refused, and not repeated`, async () => {
    await assert.rejects(openBoard(url), (error: Error) => {
      assert.match(error.message, /^database: .*mariadb:\/\/USER:PASSWORD@HOST:PORT\/DATABASE/);
      assert.doesNotMatch(JSON.stringify([error.message, error.stack, error.cause]), /yarn/);
      return true;
    });
  });
}

test('a URL that asks for TLS in words that would not bring it about is refused', async () => {
  for (const ssl of ['1', 'TRUE', 'Amazon%20RDS', '{"rejectUnauthorized":true}'])
    await assert.rejects(openBoard(`mysql://cat:yarn@127.0.0.1/board?ssl=${ssl}`), /ssl.* must be true or false/);
});

test("an error of the network's or of the connector's own has no code", async () => {
  const refused = await createConnection({ host: '127.0.0.1', port: 1 }).catch((error: unknown) => error);
  assert.ok(refused instanceof Error && 'sqlState' in refused);
  assert.equal(MYSQL.codeOf(refused), null);
  const failed = (errno: number) => Object.assign(new Error('failed'), { errno, sqlState: '08S01' });
  assert.deepEqual(
    [-111, 45_001, 45_012, 45_999, 1062, 1927, 13_000].map((errno) => MYSQL.codeOf(failed(errno))),
    [null, null, null, null, 1062, 1927, 13_000],
  );
});

test('a connection to MariaDB', { skip: without(...PRIVATE_SERVERS.mariadb.needs) }, async (t) => {
  const server = await PRIVATE_SERVERS.mariadb.start(t);
  await databaseServer(server.url).run('create database board');

  await t.test('tells what the server says, and nothing else', async (inner) => {
    const { connection } = await connect(inner, server.url);
    await assert.rejects(connection.executeQuery(CompiledQuery.raw('select ?, nothing', ['yarn'])), (error: Error) => {
      assert.match(error.message, /^Unknown column 'nothing' in '[^']*'$/);
      assert.equal(MYSQL.codeOf(error), 1054);
      assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /conn:|yarn|sql:/);
      return true;
    });
  });

  await t.test('heeds no option that would change what is answered', async (inner) => {
    const { connection } = await connect(
      inner,
      server.url,
      '?charset=latin1&bigIntAsNumber=false&permitLocalInfile=true&rowsAsArray=true&nestTables=true&metaAsArray=true',
    );
    const { rows } = await connection.executeQuery(
      CompiledQuery.raw("select cast(2 as signed) as whole, 0.5 as part, cast('🧶' as binary) as bytes, ? as text", [
        '🐈',
      ]),
    );
    assert.deepEqual(rows, [{ whole: 2, part: 0.5, bytes: '🧶', text: '🐈' }]);
  });

  await t.test('that is closed answers first what is under way', async (inner) => {
    const { driver, connection } = await connect(inner, server.url);
    const sleeping = connection.executeQuery(CompiledQuery.raw('select sleep(0.3) as slept'));
    await nextTurn();
    await driver.destroy();
    assert.deepEqual((await sleeping).rows, [{ slept: 0 }]);
    await assert.rejects(connection.executeQuery(CompiledQuery.raw('select 1')), ConnectionLost);
  });

  await t.test('that is closed while the server hangs fails what is under way, and makes no other', async (inner) => {
    const { driver, connection, proxy } = await connect(inner, server.url);
    proxy.silence();
    const before = performance.now();
    const asked = assert.rejects(connection.executeQuery(CompiledQuery.raw('select 1')), ConnectionLost);
    await Promise.all([driver.destroy(), asked]);
    assert.ok(performance.now() - before < 3000);
    await eventually(() => assert.equal(proxy.count().all, 0));
  });
});

interface Connected {
  readonly driver: Driver;
  readonly connection: DatabaseConnection;
  readonly proxy: DatabaseProxy;
}

async function connect(t: TestContext, server: string, options = ''): Promise<Connected> {
  const proxy = await startDatabaseProxy(t, `${server}/board`);
  const { writing } = await mysql(`${proxy.url}${options}`);
  const driver = writing.createDriver();
  atEnd(t, () => driver.destroy());
  return { driver, connection: await driver.acquireConnection(), proxy };
}

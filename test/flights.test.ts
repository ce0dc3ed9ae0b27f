import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { CompiledQuery, type DatabaseConnection, type Driver } from 'kysely';
import { mysql } from '../src/store/dialects/mysql.ts';
import { transactions } from '../src/store/transaction.ts';
import { atEnd } from './support/cleanup.ts';
import { databaseServer } from './support/database-servers.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** More than goes out in one flight together with anything else. */
const LONG = 'x'.repeat(1024 * 1024);

test('statements that fly together to MariaDB', { skip: without(...PRIVATE_SERVERS.mariadb.needs) }, async (t) => {
  const driver = await openTable(t);
  const transact = transactions(driver, true);
  const insert = (id: number, text: string) => CompiledQuery.raw('insert into notes values (?, ?)', [id, text]);
  const ids = CompiledQuery.raw('select id from notes order by id');
  const stored = () => transact(async (transaction) => (await transaction.executeQuery(ids)).rows);

  await t.test('each is given its own answer', async () => {
    const [before, sum, after] = await transact((transaction) => {
      const all = [ids, CompiledQuery.raw('select 1 + ? as sum', [1])].map((query) => transaction.executeQuery(query));
      transaction.send(insert(1, "it's ? or \\"));
      return Promise.all([...all, transaction.executeQuery(CompiledQuery.raw('select text from notes'))]);
    });
    assert.deepEqual([before?.rows, sum?.rows, after?.rows], [[], [{ sum: 2 }], [{ text: "it's ? or \\" }]]);
  });

  for (const [name, texts] of [
    ['in its flight', ['short', 'short', 'short']],
    ['in a flight behind', ['short', LONG, LONG]],
  ] as const) {
    await t.test(`nothing is done ${name} after one that fails, nor is what was before it committed`, async () => {
      const writing = transact(async (transaction) => {
        for (const [index, text] of texts.entries()) transaction.send(insert(index === 1 ? 1 : index + 10, text));
      });
      await assert.rejects(writing, /Duplicate entry/);
      assert.deepEqual(await stored(), [{ id: 1 }]);
    });
  }

  await t.test('what is issued later, by who does not know yet that one has failed, is not done either', async () => {
    const writing = transact(async (transaction) => {
      transaction.send(insert(1, 'again'));
      await transaction.settled();
      transaction.send(insert(2, 'behind'));
    });
    await assert.rejects(writing, /Duplicate entry/);
    assert.deepEqual(await stored(), [{ id: 1 }]);
  });

  await t.test('a transaction that asks for nothing is one statement, with one answer', async () => {
    const asked = async () => {
      const status = CompiledQuery.raw("show session status like 'Questions'");
      const [row] = await transact(async (transaction) => (await transaction.executeQuery(status)).rows);
      return Number(Object.values(row ?? {})[1]);
    };
    const before = await asked();
    const alone = (await asked()) - before;
    await transact(async (transaction) => {
      const update = 'update notes set text = ? where id = 1';
      for (let n = 0; n < 3; n++) transaction.send(CompiledQuery.raw(update, [`*/ ; end '${n}`]));
    });
    assert.equal((await asked()) - before, 2 * alone + 1);
    await transact(async (transaction) => {
      const [note] = (await transaction.executeQuery(CompiledQuery.raw('select text from notes where id = 1'))).rows;
      assert.deepEqual(note, { text: "*/ ; end '2" });
    });
  });

  await t.test('what is too long to fly together flies in turn', async () => {
    await transact(async (transaction) => {
      for (const id of [2, 3, 4]) transaction.send(insert(id, LONG));
    });
    assert.deepEqual(await stored(), [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
  });

  for (const [name, failing] of [
    ['in one block', [insert(20, 'lost'), insert(1, 'again'), insert(21, 'lost')]],
    ['in several statements', [insert(20, 'lost'), ids, insert(1, 'again'), insert(21, 'lost')]],
    ['in several flights', [insert(20, 'lost'), insert(1, LONG), insert(21, LONG), insert(22, LONG)]],
  ] as const) {
    await t.test(`a transaction that is sent behind one that fails ${name} keeps nothing of that`, async () => {
      const connection = await driver.acquireConnection();
      const failed = assert.rejects(issue(driver, connection, failing), /Duplicate entry/);
      const [, seen] = await issue(driver, connection, [insert(30, 'kept'), ids]);
      await failed;
      await connection.executeQuery(CompiledQuery.raw('delete from notes where id = 30'));
      await driver.releaseConnection(connection);
      assert.deepEqual(seen?.rows, [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 30 }]);
      assert.deepEqual(await stored(), [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]);
    });
  }
});

/** A transaction whose statements are issued in one turn. */
async function issue(driver: Driver, connection: DatabaseConnection, queries: readonly CompiledQuery[]) {
  const begun = driver.beginTransaction(connection, {});
  const results = Promise.all(queries.map((query) => connection.executeQuery(query)));
  await Promise.all([begun, results, driver.commitTransaction(connection)]);
  return results;
}

async function openTable(t: TestContext): Promise<Driver> {
  const { url } = await PRIVATE_SERVERS.mariadb.start(t);
  await databaseServer(url).run('create database board');
  await databaseServer(`${url}/board`).run('create table notes (id int primary key, text mediumtext)');
  const { writing } = await mysql(`${url}/board`);
  const driver = writing.createDriver();
  atEnd(t, () => driver.destroy());
  return driver;
}

/** A writer's connection writes in transactions alone, as what is sent behind a BEGIN that failed must not come to pass. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { CompiledQuery } from 'kysely';
import { postgres } from '../src/store/dialects/postgres.ts';
import { transactions } from '../src/store/transaction.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

test('on PostgreSQL nothing is written outside of transactions, nor in them where all is read-only', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const server = await PRIVATE_SERVERS.postgres.start(t);
  const { url } = await temporaryDatabase(t, server.url);
  await databaseServer(url).run('create table notes (id int primary key)');
  const { writing, pipelines } = await postgres(url);
  const driver = writing.createDriver();
  atEnd(t, () => driver.destroy());
  const insert = (id: number) => CompiledQuery.raw('insert into notes values ($1)', [id]);

  const connection = await driver.acquireConnection();
  await assert.rejects(connection.executeQuery(insert(1)), { code: '25006' });
  await driver.releaseConnection(connection);
  const ids = await transactions(
    driver,
    pipelines,
  )(async (transaction) => {
    transaction.send(insert(2));
    return (await transaction.executeQuery(CompiledQuery.raw('select id from notes'))).rows;
  });
  assert.deepEqual(ids, [{ id: 2 }]);

  const name = new URL(url).pathname.slice(1);
  await databaseServer(url).run(`alter database ${name} set default_transaction_read_only = on`);
  const frozen = (await postgres(url)).writing.createDriver();
  atEnd(t, () => frozen.destroy());
  const writingThere = transactions(frozen, pipelines)(async (transaction) => transaction.send(insert(3)));
  await assert.rejects(writingThere, { code: '25006' });
});

/** Settings of a database server that a promise rests on, found at start. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { PRIVATE_SERVERS, startMariadb } from './support/private-servers.ts';
import { runToEnd } from './support/program.ts';
import { without } from './support/settings.ts';

const NOT_YET_ON_DISK =
  'This database server shows what is written to others before it is on the disk. That is fine for one msgboard. Before a second one shares the database, set log_bin, and sync_binlog = 1.';

for (const [kind, setting, name] of [
  ['postgres', (database: string) => `alter database ${database} set synchronous_commit = off`, 'synchronous_commit'],
  ['mariadb', () => 'set global innodb_flush_log_at_trx_commit = 2', 'innodb_flush_log_at_trx_commit'],
] as const) {
  test(`a server that would lose what is answered is refused, by ${name}`, {
    skip: without(...PRIVATE_SERVERS[kind].needs),
  }, async (t) => {
    const server = await PRIVATE_SERVERS[kind].start(t);
    const { url } = await temporaryDatabase(t, server.url);
    await databaseServer(server.url).run(setting(new URL(url).pathname.slice(1)));
    const { code, output } = await runToEnd(['--port', '0', '--database', url]);
    assert.equal(code, 3, output);
    assert.match(output, new RegExp(`^msgboard: .*${name}.*\\.$`, 'm'));
  });
}

const skip = without(...PRIVATE_SERVERS.mariadb.needs);

test('a server that shows what is not on its disk yet is warned of, until it no longer does', { skip }, async (t) => {
  const server = await startMariadb(t, ['--log-bin=binlog', '--sync-binlog=0']);
  const { url } = await temporaryDatabase(t, server.url);
  assert.deepEqual(await warningsOf(url), [NOT_YET_ON_DISK]);
  await databaseServer(url).run('set global sync_binlog = 1');
  assert.deepEqual(await warningsOf(url), []);
});

test('so is one without a log to sync first', { skip }, async (t) => {
  const server = await startMariadb(t, ['--sync-binlog=1']);
  assert.deepEqual(await warningsOf((await temporaryDatabase(t, server.url)).url), [NOT_YET_ON_DISK]);
});

test('a database that cannot hold every character is refused', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const { url } = await PRIVATE_SERVERS.postgres.start(t);
  await databaseServer(url).run(`create database latin encoding 'LATIN1' locale 'C' template template0`);
  await assert.rejects(warningsOf(`${url}/latin`), { code: 'unavailable', message: /LATIN1/ });
});

async function warningsOf(url: string): Promise<string[]> {
  const warnings: string[] = [];
  const board = await openBoard(url, { onWarning: (sentence) => warnings.push(sentence) });
  await board.close();
  return warnings;
}

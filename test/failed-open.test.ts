/** A board that cannot be opened, although its database can, leaves nothing open. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

test('a board of a file that cannot be opened lets go of the file', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  await (await openBoard(url)).close();
  const database = new DatabaseSync(file);
  atEnd(t, () => database.close());
  database.exec('alter table users rename to hidden');

  await assert.rejects(openBoard(url), /no such table: users/);
  // Whoever has a file open that has a log is in the way of its having none.
  database.exec('pragma journal_mode = delete; alter table hidden rename to users');
  await (await openBoard(url)).close();
});

for (const [kind, others] of [
  ['postgres', 'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'],
  ['mariadb', 'select id from information_schema.processlist where db = database() and id <> connection_id()'],
] as const) {
  test(`a board of ${kind} that cannot be opened lets go of its connections`, {
    skip: without(...PRIVATE_SERVERS[kind].needs),
  }, async (t) => {
    const server = await PRIVATE_SERVERS[kind].start(t);
    const { url } = await temporaryDatabase(t, server.url);
    await (await openBoard(url)).close();
    const session = await databaseServer(url).connect();
    atEnd(t, () => session.end());
    await session.query('alter table users rename to hidden');

    await assert.rejects(openBoard(url), /users/);
    await eventually(async () => assert.deepEqual(await session.query(others), []));
  });
}

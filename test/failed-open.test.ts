/** A board that cannot be opened, although its database can, leaves nothing open. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
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

test('where there should be a board and is none, no file is made', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t, undefined);
  await assert.rejects(openBoard(url, { create: false }), new RegExp(`There is no board in ${file}`));
  assert.deepEqual(await readdir(dir), []);
  await (await openBoard(url)).close();
  await (await openBoard(url, { create: false })).close();
});

test('a file that cannot be made is named', async (t) => {
  const { dir } = await temporaryDatabase(t, undefined);
  await assert.rejects(openBoard(`sqlite:${dir}/nowhere/board.db`), /unable to open .*nowhere\/board\.db/);
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

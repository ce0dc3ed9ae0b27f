/** PostgreSQL's bell rings outside of the writers' transactions, which would wait for those of all other boards if it did not. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

test('no transaction has a NOTIFY in it', { skip: without(...PRIVATE_SERVERS.postgres.needs) }, async (t) => {
  const server = await PRIVATE_SERVERS.postgres.start(t);
  const session = await databaseServer(server.url).connect();
  for (const [name, value] of [
    ['log_statement', 'all'],
    ['log_line_prefix', '<%p %x> '],
    ['logging_collector', 'on'],
  ])
    await session.query(`alter system set ${name} = '${value}'`);
  await session.end();
  await server.crash();
  await server.start();

  const { url } = await temporaryDatabase(t, server.url);
  const board = await openBoard(url);
  atEnd(t, () => board.close());
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const kitten = board.as('kitten');
  const reading = await databaseServer(server.url).connect();
  atEnd(t, () => reading.end());
  // What is due while a ring is on its way is one ring more, so that it cannot be said how many there will be.
  const lines = await eventually(async () => {
    await Promise.all([1, 2, 3].map((n) => kitten.messages.post({ text: `${n}` })));
    const [row] = await reading.query('select pg_read_file(pg_current_logfile()) as log');
    const said = statementsOf(Object.values(row ?? {}).join());
    assert.ok(said.filter(({ words }) => words.startsWith('notify msgboard')).length > 5, 'it is rung');
    return said;
  });
  const open = new Set<string>();
  let writes = 0;
  for (const { process, transaction, words } of lines) {
    if (/^begin\b/.test(words)) open.add(process);
    if (/^(?:commit|rollback)\b/.test(words)) open.delete(process);
    if (/^insert into "?messages\b/.test(words)) {
      assert.ok(open.has(process), words);
      writes += 1;
    }
    if (!/^notify\b/.test(words)) continue;
    assert.ok(!open.has(process), `${process} says ${words} in a transaction`);
    assert.equal(transaction, '0', `${process} says ${words} in a transaction that has written`);
  }
  assert.ok(writes > 0, 'no write is seen');
});

/** What is said, in order, by each process of the server. */
function statementsOf(log: string) {
  return [...log.matchAll(/^<(\d+) (\d+)> LOG: {2}(?:statement|execute [^:]*): (.*)$/gm)].map(
    ([, process = '', transaction = '', words = '']) => ({ process, transaction, words }),
  );
}

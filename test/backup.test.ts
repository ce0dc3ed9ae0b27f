import assert from 'node:assert/strict';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { runToEnd, startProgram } from './support/program.ts';
import { without } from './support/settings.ts';

async function run(...args: readonly string[]): Promise<string> {
  const { code, output } = await runToEnd(args);
  assert.equal(code, 0, output);
  return output;
}

function countIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare('select count(*) as n from messages').get();
  database.close();
  return Number(row?.['n']);
}

const as = { username: 'kitten', password: 'yarn' };

test('a backup under load is a whole board up to one moment, and a restored one resets whoever followed it', async (t) => {
  const { dir, url } = await temporaryDatabase(t, undefined);
  const args = ['serve', '-d', url, '--port', '0'];
  const first = await startProgram(t, args);
  await first.api.post('/user', as);
  const last = { id: 0 };
  const load = new AbortController();
  const bulk = Array.from({ length: 100 }, (_, index) => ({ text: `${index} ${'x'.repeat(500)}`, topics: ['cats'] }));
  const posting = (async () => {
    while (!load.signal.aborted) {
      const { body } = await first.api.post<{ id: number }[]>('/messages', bulk, { as });
      last.id = body.at(-1)?.id ?? 0;
    }
  })();
  await eventually(() => assert.ok(last.id >= 5000));

  const copy = join(dir, 'copy.db');
  const before = last.id;
  await run('backup', copy, '-d', url);
  const after = last.id;
  load.abort();
  await posting;
  assert.ok(after > before, 'nothing was posted meanwhile');
  assert.equal((await stat(copy)).mode & 0o777, 0o600);

  const database = new DatabaseSync(copy, { readOnly: true });
  atEnd(t, () => database.close());
  const found = database
    .prepare('select count(*) as n, max(id) as last, (select seq from clock) as seq from messages')
    .get();
  assert.deepEqual({ ...found }, { n: found?.['last'], last: found?.['seq'], seq: found?.['last'] });
  const seq = Number(found?.['seq']);
  assert.ok(seq >= before && seq <= last.id, `${before} ${seq} ${last.id}`);
  assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' });

  const cursorOf = async (api: typeof first.api) => (await api.get('/messages')).headers.get('last-event-id') ?? '';
  const cursor = await cursorOf(first.api);
  const refused = await runToEnd(['restore', copy, '-d', url, '--force']);
  assert.deepEqual([refused.code, /open/.test(refused.output)], [1, true], refused.output);
  await first.end('SIGTERM');
  const again = await runToEnd(['restore', copy, '-d', url]);
  assert.deepEqual([again.code, /--force/.test(again.output)], [1, true], again.output);
  await run('restore', copy, '-d', url, '--force');

  const second = await startProgram(t, args);
  const poll = await second.api.get<{ type: string }[]>(`/stream?poll=1&after=${encodeURIComponent(cursor)}`, {
    headers: { accept: 'application/json' },
  });
  assert.deepEqual(
    poll.body.map(({ type }) => type),
    ['reset'],
  );
  assert.equal((await second.api.post<{ id: number }>('/message', { text: 'on' }, { as })).body.id, seq + 1);
});

test('a backup overwrites nothing, and what is damaged, no board or still has a log is not restored', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t, undefined);
  const board = await openBoard(url);
  await board.as().users.create(as);
  for (let n = 0; n < 50; n += 1) await board.as('kitten').messages.post({ text: `${n} ${'y'.repeat(5000)}` });
  await copyFile(file, join(dir, 'raw.db'));
  await copyFile(`${file}-wal`, join(dir, 'raw.db-wal'));
  await board.close();
  const copy = join(dir, 'copy.db');
  await run('backup', copy, '-d', url);
  const bytes = await readFile(copy);
  assert.match((await runToEnd(['backup', copy, '-d', url])).output, /--force/);
  await run('backup', copy, '-d', url, '--force');
  assert.match((await runToEnd(['backup', join(dir, 'no.db'), '-d', `sqlite:${dir}/nothing.db`])).output, /no board/);
  assert.match((await runToEnd(['backup', join(dir, 'no.db'), '-d', 'postgres://localhost/x'])).output, /docs\/backup/);

  const contradictory = join(dir, 'contradictory.db');
  await writeFile(contradictory, withAnotherNameInAnIndex(bytes));
  const damaged = join(dir, 'damaged.db');
  await writeFile(damaged, bytes.fill(0x55, 8192, 60_000));
  const text = join(dir, 'text.db');
  await writeFile(text, 'This is no database. '.repeat(500));
  const other = join(dir, 'other.db');
  const made = new DatabaseSync(other);
  made.exec('create table cats (name text)');
  made.close();
  for (const [bad, told] of [
    [damaged, /damaged|malformed/],
    [contradictory, /damaged: .*index/],
    [text, /not a database/],
    [other, /no board/],
    [join(dir, 'raw.db'), /log beside it/],
    [join(dir, 'absent.db'), /no file/],
  ] as const) {
    const { code, output } = await runToEnd(['restore', bad, '-d', url, '--force']);
    assert.deepEqual([code, told.test(output)], [1, true], output);
    assert.equal(countIn(file), 50, 'the board was touched');
  }
});

test('a database that other programs have restored gets another history', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const { url } = await temporaryDatabase(t, (await PRIVATE_SERVERS.postgres.start(t)).url);
  const board = await openBoard(url);
  atEnd(t, () => board.close());
  await board.as().users.create(as);
  await board.as('kitten').messages.post({ text: 'before' });
  const { cursor } = await board.as().messages.list();
  const { events: none } = await board.as().poll({ cursor });
  assert.deepEqual(none, []);

  assert.match(await run('new-history', '-d', url), /^The history of this board is \w{4} now/);
  await eventually(async () => {
    const { events } = await board.as().poll({ cursor });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['reset'],
    );
  });
});

/** A database that can be read from end to end, and whose index does not go with its table. */
function withAnotherNameInAnIndex(database: Buffer): Buffer {
  const PAGE = 4096;
  const LEAF_OF_INDEX = 0x0a;
  const changed = Buffer.from(database);
  for (let at = 0; at < changed.length; at += PAGE) {
    const page = changed.subarray(at, at + PAGE);
    const name = page[0] === LEAF_OF_INDEX ? page.indexOf('kitten') : -1;
    if (name !== -1) page.write('mitten', name);
  }
  assert.notDeepEqual(changed, database);
  return changed;
}

import assert from 'node:assert/strict';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { atEnd } from './support/cleanup.ts';
import { startCommand } from './support/command.ts';
import { contentsOf } from './support/contents.ts';
import { type TemporaryDatabase, temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { runToEnd } from './support/program.ts';
import { fillRichly } from './support/rich-board.ts';
import { without } from './support/settings.ts';

const { postgres, mariadb } = PRIVATE_SERVERS;

/** All but the epoch, which names a history. */
async function exported(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/"epoch":"\w+"/, '"epoch":"…"');
}

async function run(...args: readonly string[]): Promise<string> {
  const { code, output } = await runToEnd(args);
  assert.equal(code, 0, output);
  return output;
}

test('a board goes from database to database and comes back the same', {
  skip: without(...postgres.needs, ...mariadb.needs),
}, async (t) => {
  const servers = await Promise.all([postgres.start(t), mariadb.start(t)]);
  const from = await temporaryDatabase(t, undefined);
  await fillRichly(from);
  const databases: TemporaryDatabase[] = [];
  for (const server of [...servers.map(({ url }) => url), undefined])
    databases.push(await temporaryDatabase(t, server));

  const all = join(from.dir, 'all.ndjson');
  await run('export', '-d', from.url, '-o', all, '--passwords');
  assert.match(await readFile(all, 'utf8'), /"password":"\$argon2id/);
  let last = all;
  for (const [index, { url }] of databases.entries()) {
    assert.match(await run('import', last, '-d', url), /^Imported 5 users and 10 messages into /m);
    last = join(from.dir, `${index}.ndjson`);
    await run('export', '-d', url, '-o', last, '--passwords');
    assert.equal(await exported(last), await exported(all));
  }
  assert.deepEqual(contentsOf(databases.at(-1)?.file ?? ''), contentsOf(from.file));

  const board = await openBoard(databases.at(-1)?.url ?? '');
  atEnd(t, () => board.close());
  assert.equal(
    await board
      .as('troll')
      .users.me()
      .catch((error) => error.code),
    'unauthorized',
  );
  const kitten = await board.logIn('kitten', 'yarn');
  const { id } = await kitten.messages.post({ text: 'and it goes on', to: ['puppy', 'troll'], topics: ['plans'] });
  const before = await openBoard(from.url);
  atEnd(t, () => before.close());
  assert.equal(id, (await before.as('kitten').messages.post({ text: 'there too' })).id);
});

test('whoever followed the board that was moved starts over', async (t) => {
  const from = await temporaryDatabase(t, undefined);
  await fillRichly(from);
  const [old, to] = [join(from.dir, 'all.ndjson'), `sqlite:${join(from.dir, 'to.db')}`];
  const before = await openBoard(from.url);
  const { cursor } = await before.as('kitten').messages.list();
  await before.close();
  await run('export', '-d', from.url, '-o', old);
  await run('import', old, '-d', to);

  const board = await openBoard(to);
  atEnd(t, () => board.close());
  const { events } = await board.as('kitten').poll({ cursor });
  assert.deepEqual(
    events.map(({ type }) => type),
    ['reset'],
  );
  await assert.rejects(board.logIn('kitten', 'yarn'), { code: 'unauthorized' }, 'without --passwords there are none');
});

test('what is exported for everybody has nothing that is not for everybody', async (t) => {
  const from = await temporaryDatabase(t, undefined);
  await fillRichly(from);
  const [file, to] = [join(from.dir, 'public.ndjson'), join(from.dir, 'public.db')];
  await run('export', '-d', from.url, '-o', file, '--public');
  const text = await readFile(file, 'utf8');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  for (const hidden of ['psst', 'what?', 'to myself', 'plans', 'leaver', 'banned', 'argon2', 'mind'])
    assert.ok(!text.includes(hidden), hidden);
  assert.equal(text.split('\n').filter((line) => line.includes('"type":"message"')).length, 3);

  await run('import', file, '-d', `sqlite:${to}`);
  await run('export', '-d', `sqlite:${to}`, '-o', join(from.dir, 'again.ndjson'), '--public');
  assert.equal(await exported(join(from.dir, 'again.ndjson')), await exported(file));
});

const time = '2026-11-23T21:37:02.565Z';
const header = (users: number, messages: number, seq = messages) => ({
  type: 'board',
  format: 1,
  part: 'all',
  passwords: false,
  epoch: 'k3x9',
  seq,
  horizon: 0,
  lastUserId: users,
  users,
  messages,
});
const user = (id: number, fields: object = {}) => ({
  type: 'user',
  id,
  seq: 0,
  username: `person${id}`,
  bio: null,
  data: null,
  created: time,
  moderator: false,
  banned: false,
  state: 'here',
  ...fields,
});
const message = (id: number, fields: object = {}) => ({
  type: 'message',
  id,
  seq: id,
  userId: 1,
  text: `Message ${id}`,
  data: null,
  topics: ['cats'],
  created: time,
  edited: null,
  deleted: false,
  replyTo: null,
  thread: id,
  people: [],
  ...fields,
});
const ndjson = (...lines: readonly (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const countIn = (file: string, table = 'messages') => {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare(`select count(*) as n from ${table}`).get();
  database.close();
  return Number(row?.['n']);
};

test('an import that is killed goes on where it was', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t, undefined);
  const lines: object[] = [header(1, 12_000), user(1)];
  for (let id = 1; id <= 12_000; id += 1)
    lines.push(message(id, id % 3 === 0 ? { replyTo: id - 1, thread: id - 1 } : {}));
  const whole = join(dir, 'whole.ndjson');
  await writeFile(whole, ndjson(...lines));

  const importing = startCommand(t, ['import', '-d', url]);
  importing.write(ndjson(...lines.slice(0, 11_000)));
  await eventually(() => assert.equal(countIn(file), 10_000));
  await importing.end('SIGKILL');

  const serving = await runToEnd(['serve', '-d', url, '--port', '0']);
  assert.deepEqual([serving.code, /imported in part/.test(serving.output)], [3, true], serving.output);
  const other = join(dir, 'other.ndjson');
  await writeFile(other, ndjson(header(1, 1), user(1), message(1)));
  assert.match((await runToEnd(['import', other, '-d', url])).output, /Another import/);

  assert.match(
    await run('import', whole, '-d', url),
    /going on after the 10,001 .*\nImported 1 users and 12,000 messages/,
  );
  const [again, alone] = [join(dir, 'again.ndjson'), `sqlite:${join(dir, 'alone.db')}`];
  await run('export', '-d', url, '-o', again);
  assert.equal(await exported(again), (await readFile(whole, 'utf8')).replace('k3x9', '…'));
  await run('import', whole, '-d', alone);
  assert.deepEqual(contentsOf(file), contentsOf(join(dir, 'alone.db')));

  const { code, output } = await runToEnd(['import', whole, '-d', url]);
  assert.deepEqual([code, /Import into an empty one/.test(output)], [1, true], output);
});

test('a bad line is named, and nothing after the whole batches before it is done', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t, undefined);
  const lines = Array.from({ length: 11_800 }, (_, index) => message(index + 1));
  const bad = join(dir, 'bad.ndjson');
  await writeFile(bad, ndjson(header(1, 11_800), user(1), ...lines.with(11_500, message(11_501, { userId: 7 }))));
  const { code, output } = await runToEnd(['import', bad, '-d', url]);
  assert.deepEqual([code, output], [1, 'msgboard: line 11503: userId: there is no user 7\n']);
  assert.equal(countIn(file), 10_000);
  assert.equal(countIn(file, 'topics'), 1);

  await writeFile(bad, ndjson(header(1, 11_800), user(1), ...lines));
  await run('import', bad, '-d', url);
  assert.equal(countIn(file), 11_800);
});

const two = [header(2, 2), user(1), user(2)];
for (const [name, lines, told] of [
  ['no JSON', [...two, '{"type":'], /line 4 is no JSON/],
  ['no export', [message(1)], /line 1: type: this is no export/],
  ['a format of the future', [{ ...header(1, 1), format: 2 }], /line 1: format: .*another format/],
  ['another kind of thing', [...two, { type: 'session' }], /line 4: type: must be one of user, message/],
  ['a field that nobody knows', [...two, message(1, { colour: 'grey' })], /line 4: colour: is not known here/],
  ['a text that is too long', [...two, message(1, { text: 'x'.repeat(10_001) })], /line 4: text: .*10000/],
  ['data that are too large', [...two, message(1, { data: { a: 'x'.repeat(5000) } })], /line 4: data: .*4096/],
  ['a name that nobody may have', [header(1, 0), user(1, { username: '12' })], /line 2: username: /],
  ['a name twice', [header(2, 0), user(1), user(2, { username: 'Person1' })], /line 3: username: .*somebody else's/],
  ['a password that is none', [header(1, 0), user(1, { password: 'yarn' })], /line 2: password: must be a hash/],
  [
    'a hash of absurd cost',
    [header(1, 0), user(1, { password: `$argon2id$v=19$m=99999999,t=2,p=1$${'a'.repeat(22)}$${'a'.repeat(43)}` })],
    /line 2: password/,
  ],
  ['a user whom its header does not count', [header(1, 0), user(2)], /line 2: id: is above the 1/],
  ['a user of the future', [header(1, 0), user(1, { seq: 9 })], /line 2: seq: is above the 0/],
  ['a message of the future', [...two, message(1, { seq: 9 })], /line 4: seq: is above the 2/],
  ['a change before its message', [...two, message(2, { seq: 1 })], /line 4: seq: is below the id/],
  ['an answer to what comes later', [...two, message(1, { thread: 2 })], /line 4: thread: comes after/],
  ['a text that was deleted', [...two, message(1, { deleted: true })], /line 4: text: is there/],
  ['a message without a text', [...two, message(1, { text: '' })], /line 4: text: must have/],
  ['a line that is no object', [...two, '7'], /line 4: type: must be one of user, message/],
  ['a beginning that is no object', ['7'], /line 1: type: this is no export/],
  ['an id twice', [...two, message(1), message(1)], /line 5: id: is out of order/],
  ['a time that is none', [...two, message(1, { created: 'yesterday' })], /line 4: created: must be a time/],
  [
    'an answer in another thread',
    [header(2, 3), ...two.slice(1), message(1), message(2), message(3, { replyTo: 2, thread: 1 })],
    /line 6: replyTo: is in another/,
  ],
  [
    'a thread that begins in another',
    [
      header(2, 3),
      ...two.slice(1),
      message(1),
      message(2, { replyTo: 1, thread: 1 }),
      message(3, { replyTo: 2, thread: 2 }),
    ],
    /line 6: thread: is none/,
  ],
  ['a beginning that answers', [...two, message(1), message(2, { replyTo: 1 })], /line 5: replyTo: is there/],
  [
    'a message that joins a thread by itself',
    [...two, message(1), message(2, { thread: 1 })],
    /line 5: thread: is not/,
  ],
  [
    'an answer for others',
    [...two, message(1), message(2, { replyTo: 1, thread: 1, people: [1, 2] })],
    /line 5: people: /,
  ],
  ['a secret without its author', [...two, message(1, { people: [2] })], /line 4: people: .*author/],
  ['less than it says', [...two, message(1)], /There are 1 messages, but the header names 2/],
  ['nothing at all', [], /nothing to import/],
] as const) {
  test(`an import of ${name} is refused in a sentence`, async () => {
    const { code, output } = await runToEnd(['import', '-d', 'sqlite::memory:'], { input: ndjson(...lines) });
    assert.equal(code, 1);
    assert.match(output, told);
    assert.equal(output.trimEnd().split('\n').length, 1, output);
  });
}

test('an export overwrites nothing unless it is told to, and leaves no half file', async (t) => {
  const { dir, url } = await temporaryDatabase(t, undefined);
  const file = join(dir, 'old.ndjson');
  await writeFile(file, 'precious');
  assert.equal((await runToEnd(['export', '-d', url, '-o', file])).code, 1, 'there is no board');
  await (await openBoard(url)).close();
  const { code, output } = await runToEnd(['export', '-d', url, '-o', file]);
  assert.deepEqual([code, /--force/.test(output), await readFile(file, 'utf8')], [1, true, 'precious']);
  await run('export', '-d', url, '-o', file, '--force');
  assert.match(await readFile(file, 'utf8'), /^{"type":"board"/);
  await assert.rejects(access(`${file}.partial`));
});

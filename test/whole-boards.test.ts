/** Boards that are filled, read and copied as wholes, asked for in this process. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { backUp } from '../src/keeping/backup.ts';
import { importBoard } from '../src/keeping/import.ts';
import { type Store, withStore } from '../src/keeping/open-store.ts';
import { originalLines } from '../src/keeping/original.ts';
import type { Line } from '../src/keeping/read-lines.ts';
import { atEnd } from './support/cleanup.ts';
import { contentsOf } from './support/contents.ts';
import { temporaryDatabase } from './support/database.ts';

const unheard = (what: unknown): never => assert.fail(String(what));
const TIME = '2026-01-02T03:04:05.000Z';
const HEADER = { type: 'board', format: 1, part: 'all', passwords: true, epoch: 'abcd', seq: 2, horizon: 0 };

/** The lines of a board of one account and two messages, the second by `second`. */
function linesOf(second: number): Line[] {
  const message = { type: 'message', data: null, topics: ['cats'], created: TIME, edited: null, deleted: false };
  const user = { type: 'user', id: 1, seq: 0, username: 'kitten', bio: null, data: null, created: TIME };
  return [
    { ...HEADER, lastUserId: 1, users: 1, messages: 2 },
    { ...user, moderator: false, banned: false, state: 'here', password: null },
    { ...message, id: 1, seq: 1, userId: 1, text: 'one', replyTo: null, thread: 1, people: [] },
    { ...message, id: 2, seq: 2, userId: second, text: 'two', replyTo: 1, thread: 1, people: [] },
  ].map((value, index) => ({ where: `line ${index + 1}`, value }));
}

async function* inParts(lines: readonly Line[], between: () => Promise<void>) {
  for (const line of lines) {
    yield [line];
    await between();
  }
}

function fill(at: Parameters<typeof withStore>[0], lines: AsyncIterable<readonly Line[]>) {
  const options = { create: true, mayBeFilled: true, onFault: unheard, onWarning: unheard };
  return withStore(at, options, (store: Store) =>
    importBoard(store, lines, { onProgress: () => {}, onResume: () => {} }),
  );
}

test('a board that is being filled takes no writes of anybody else, and takes them once it is', async (t) => {
  const { at } = await temporaryDatabase(t, undefined);
  const board = await openBoard(at);
  atEnd(t, () => board.close());
  const signUp = () => board.as().users.create({ username: 'puppy', password: 'yarn' });
  let refused = 0;
  await fill(
    at,
    inParts(linesOf(1), async () => {
      await assert.rejects(signUp(), { code: 'unavailable', retryAfter: 30 });
      refused += 1;
    }),
  );
  assert.equal(refused, 4);
  assert.equal((await signUp()).id, 2);
});

test('of lines that are refused together none is there, and the right ones fill the board then', async (t) => {
  const { at, file } = await temporaryDatabase(t, undefined);
  const quick = (lines: readonly Line[]) =>
    fill(
      at,
      inParts(lines, async () => {}),
    );
  await assert.rejects(quick(linesOf(7)), { code: 'bad-input', message: /^line 4: .*there is no user 7/ });
  assert.deepEqual(contentsOf(file, ['messages', 'standings', 'topics']), { messages: [], standings: [], topics: [] });
  await assert.rejects(openBoard(at), { code: 'unavailable' });
  assert.deepEqual(await quick(linesOf(1)), { users: 1, messages: 2 });
});

test('a large board is copied in parts, and each is told of', async (t) => {
  const { at, url, dir, file } = await temporaryDatabase(t, undefined);
  const board = await openBoard(at);
  await (await board.welcome({ username: 'kitten' })).users.me();
  for (let n = 0; n < 6; n += 1)
    await board.as('kitten').messages.postMany(Array.from({ length: 100 }, () => ({ text: 'x'.repeat(9000) })));
  await board.close();

  const pages: number[][] = [];
  await backUp(url, join(dir, 'copy.db'), false, (...progress) => pages.push(progress));
  assert.deepEqual(pages[0]?.[0], 1000);
  assert.ok((pages[0]?.[1] ?? 0) > 1300, `${pages}`);
  assert.deepEqual(contentsOf(join(dir, 'copy.db')), contentsOf(file));
});

async function originalOf(t: TestContext, schema: string) {
  const { dir } = await temporaryDatabase(t, undefined);
  const file = join(dir, 'board-2016.db');
  const database = new DatabaseSync(file);
  database.exec(schema);
  database.close();
  const options = { now: Date.parse(TIME), onChange: () => {} };
  return (await Array.fromAsync(originalLines(file, options))).flat().map(({ value }) => value as object);
}

test('a board of 2016 is read whichever names its columns had, and what it lacks is not there', async (t) => {
  const [header, ...lines] = await originalOf(
    t,
    `create table users (id integer primary key, username text, password_hash text);
     create table posts (id integer primary key, text text, author_id integer, timestamp text);
     insert into users values (3, 'kitten', null), (4, 'puppy', null);
     insert into posts values (1, 'one', 4, '2016-03-01 12:30:00'), (9, 'nine', 3, null)`,
  );
  const { users, messages, seq, lastUserId } = { users: 0, messages: 0, seq: 0, lastUserId: 0, ...header };
  assert.deepEqual([users, messages, seq, lastUserId], [2, 2, 9, 4]);
  const found = lines.map((line) => {
    const { id, username, bio, text, userId, created } = line as Record<string, unknown>;
    return username === undefined ? [id, text, userId, created] : [id, username, bio, created];
  });
  assert.deepEqual(found, [
    [3, 'kitten', null, TIME],
    [4, 'puppy', null, TIME],
    [1, 'one', 4, '2016-03-01T12:30:00.000Z'],
    [9, 'nine', 3, TIME],
  ]);
});

test('what is no board of 2016, or lacks what it must have, is refused', async (t) => {
  const users = 'create table users (id integer primary key, username text, password text);';
  for (const [schema, wanted] of [
    ['create table cats (id integer)', /no table users/],
    [users, /no table posts/],
    [`${users} create table posts (id integer primary key, text text)`, /posts has no column user_id or author_id/],
    ['create table users (id integer, name text); create table posts (id integer)', /users has no column username/],
  ] as const) {
    await assert.rejects(originalOf(t, schema), { code: 'bad-input', message: wanted });
  }
});

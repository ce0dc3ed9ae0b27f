/** What the commands that keep a board do to its database, asked for in this process. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { backUp, restore } from '../src/keeping/backup.ts';
import { exportBoard } from '../src/keeping/export.ts';
import { importBoard } from '../src/keeping/import.ts';
import { withStore } from '../src/keeping/open-store.ts';
import { prune } from '../src/keeping/prune.ts';
import { readLines } from '../src/keeping/read-lines.ts';
import type { Part } from '../src/store/whole.ts';
import { atEnd } from './support/cleanup.ts';
import { contentsOf } from './support/contents.ts';
import { type TemporaryDatabase, temporaryDatabase } from './support/database.ts';
import { fillRichly } from './support/rich-board.ts';

const DAY = 24 * 60 * 60 * 1000;
const unheard = (what: unknown): never => assert.fail(String(what));
const QUIET = { onFault: unheard, onWarning: unheard };
test('a board that is filled with the lines of another has the same in every table, to the last count', async (t) => {
  const [from, to] = [await temporaryDatabase(t, undefined), await temporaryDatabase(t, undefined)];
  await fillRichly(from);
  const lines = await linesOf(from, 'all');
  const done: number[] = [];
  await withStore(to.at, { ...QUIET, create: true, mayBeFilled: true }, (store) =>
    importBoard(store, readLines(bytesOf(lines)), { onProgress: (count) => done.push(count), onResume: unheard }),
  );
  assert.deepEqual(contentsOf(to.file), contentsOf(from.file));
  assert.equal(done.at(-1), lines.length - 1);
  const [header, again] = [lines, await linesOf(to, 'all')].map(([first]) => JSON.parse(first ?? ''));
  assert.deepEqual({ ...again, epoch: '' }, { ...header, epoch: '' });
});

test('what is exported for everybody is what everybody may see', async (t) => {
  const database = await temporaryDatabase(t, undefined);
  await fillRichly(database);
  const [header, ...lines] = (await linesOf(database, 'public')).map((line) => JSON.parse(line));
  const texts = lines.flatMap(({ text }) => text ?? []);
  assert.deepEqual(texts, ['I love kittens!\r\n\t🐱', 'So do I, mostly.', 'Do you?']);
  assert.deepEqual(
    lines.flatMap(({ username }) => username ?? []),
    ['kitten', 'Puppy', 'troll', 'gänseblümchen'],
  );
  assert.deepEqual([header.users, header.messages], [4, 3]);
});

test('deletions of before a time, expired sessions and old keys are forgotten, no others, and only if that is meant', async (t) => {
  const database = await temporaryDatabase(t, undefined);
  let now = Date.now() - 40 * DAY;
  const board = await openBoard(database.at, { now: () => now });
  for (const username of ['kitten', 'puppy']) await board.as().users.create({ username, password: 'yarn' });
  const kitten = board.as('kitten');
  const post = (text: string, rest = {}) => kitten.messages.post({ text, ...rest });
  const [answered, alone, topical] = [await post('a'), await post('b'), await post('c', { topics: ['cats'] })];
  await post('an answer', { replyTo: answered.id });
  for (const { id } of [answered, alone, topical]) await kitten.messages.delete(id);
  await kitten.messages.post({ text: 'old' }, { idempotencyKey: 'old' });
  await kitten.sessions.open({});
  now += 39.5 * DAY;
  const late = await post('late');
  await kitten.messages.delete(late.id);
  await post('last');
  await board.as('puppy').sessions.open({});
  await board.close();
  now += DAY / 2;

  const before = contentsOf(database.file);
  const told: number[] = [];
  const forget = (options: { before: number; isDry: boolean }) =>
    withStore(database.at, QUIET, (store) =>
      prune(store, { now, onProgress: (count) => told.push(count), ...options }),
    );
  assert.deepEqual(await forget({ before: now - 30 * DAY, isDry: true }), { deletions: 2, sessions: 1, keys: 1 });
  assert.deepEqual([contentsOf(database.file), told.splice(0)], [before, [2]]);

  assert.deepEqual(await forget({ before: now - 50 * DAY, isDry: false }), { deletions: 0, sessions: 1, keys: 1 });
  assert.deepEqual(await forget({ before: now - 30 * DAY, isDry: false }), { deletions: 2, sessions: 0, keys: 0 });
  assert.deepEqual(await forget({ before: now, isDry: false }), { deletions: 1, sessions: 0, keys: 0 });
  assert.deepEqual(await forget({ before: now, isDry: true }), { deletions: 0, sessions: 0, keys: 0 });
  const left = contentsOf(database.file, ['sessions', 'keys', 'messages', 'clock']);
  assert.deepEqual(
    Object.values(left).map((rows) => rows.length),
    [1, 0, 4, 1],
  );
  const [clock] = left['clock'] ?? [];
  assert.match(
    clock ?? '',
    new RegExp(`"horizon":${late.id + 1},`),
    'whoever has not heard of the last one starts over',
  );
});

test('a board is backed up whole while it is written to, and restored only where none is open, with another history', async (t) => {
  const [from, to] = [await temporaryDatabase(t, undefined), await temporaryDatabase(t, undefined)];
  await fillRichly(from);
  const board = await openBoard(from.at);
  atEnd(t, () => board.close());
  const copy = join(to.dir, 'copy.db');
  const pages: (readonly [done: number, total: number])[] = [];
  await backUp(from.url, copy, false, (...progress) => pages.push(progress));
  assert.ok(pages.every(([done, total]) => done >= 0 && done <= total));
  assert.deepEqual(await readdir(to.dir), ['copy.db'], 'it has no log beside it');
  assert.deepEqual(contentsOf(copy), contentsOf(from.file));
  await assert.rejects(
    backUp(from.url, copy, false, () => {}),
    /copy\.db/,
  );

  await assert.rejects(restore(copy, from.url, true, QUIET), /a process has the board in .* open/);
  await restore(copy, to.url, false, QUIET);
  assert.deepEqual(contentsOf(to.file), contentsOf(from.file));
  const [there, here] = await Promise.all([from, to].map(({ at }) => withStore(at, QUIET, (store) => store.clock())));
  assert.notEqual(there?.epoch, here?.epoch);
  await restore(copy, to.url, true, QUIET);

  // One page of a table is not what it was.
  const bytes = await readFile(copy);
  bytes.fill(0xff, 8 * 4096, 9 * 4096);
  await writeFile(copy, bytes);
  await assert.rejects(restore(copy, to.url, true, QUIET), /damaged|malformed/);
  assert.deepEqual(contentsOf(to.file), contentsOf(from.file), 'what was there stays');
});

async function linesOf({ at }: TemporaryDatabase, part: Part): Promise<string[]> {
  let text = '';
  const write = async (lines: string) => {
    text += lines;
  };
  await withStore(at, QUIET, (store) => exportBoard(store, { part, passwords: true, write, onProgress: () => {} }));
  return text.trimEnd().split('\n');
}

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

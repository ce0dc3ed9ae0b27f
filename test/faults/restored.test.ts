import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startProgram } from '../support/program.ts';
import { openStream } from '../support/stream-reader.ts';

test('an older copy that is put into the file under a running server begins another history', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t);
  const { api, url: at } = await startProgram(t, ['--port', '0', '--database', url]);
  const kitten = await api.signUp('kitten');
  await api.sayMany(kitten, 3);
  const older = join(dir, 'older.db');
  await copy(file, older);
  await api.sayMany(kitten, 3);
  const cursor = await api.cursor();
  const reader = await openStream(at, '/stream');

  await copy(older, file);
  await eventually(() => assert.equal(reader.events[0]?.type, 'reset'));
  assert.notEqual(reader.lastId?.split('-')[1], cursor.split('-')[1], 'another epoch');
  assert.equal((await api.say(kitten, 'again')).id, 4, 'numbers are used again');
  await eventually(() =>
    assert.deepEqual(
      reader.events.map(({ type }) => type),
      ['reset', 'message'],
    ),
  );

  for (let n = 0; n < 3; n++) await api.say(kitten, 'on');
  const late = await openStream(at, '/stream', { headers: { 'last-event-id': cursor } });
  const event = await late.next();
  assert.ok(event.type === 'reset' && event.reason === 'history', 'so that no old cursor is taken for a new one');
  for (const each of [reader, late]) each.cut();
});

test('a reader that comes back to an older copy with a cursor ahead of it is told to start over', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t);
  const first = await startProgram(t, ['--port', '0', '--database', url]);
  const kitten = await first.api.signUp('kitten');
  await first.api.sayMany(kitten, 3);
  const older = join(dir, 'older.db');
  await copy(file, older);
  await first.api.sayMany(kitten, 3);
  const cursor = await first.api.cursor();
  await first.end('SIGKILL');
  for (const left of ['-wal', '-shm']) await rm(file + left, { force: true });
  await copyFile(older, file);

  const again = await startProgram(t, ['--port', '0', '--database', url]);
  const reader = await openStream(again.url, '/stream', { headers: { 'last-event-id': cursor } });
  const event = await reader.next();
  assert.ok(event.type === 'reset' && event.reason === 'ahead');
  assert.equal((await again.api.say(kitten, 'again')).id, 4);
  const next = await reader.next();
  assert.ok(next.type === 'message' && next.message.text === 'again');
  reader.cut();
});

async function copy(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to);
  } finally {
    source.close();
  }
}

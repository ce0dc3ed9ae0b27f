import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { temporaryDatabase } from './support/database.ts';
import { runToEnd } from './support/program.ts';

test('tables are looked at without a change, and brought up to date once', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  const migrate = async (...args: readonly string[]) => {
    const { code, output } = await runToEnd(['migrate', '-d', url, ...args]);
    return code === 0 ? JSON.parse(output) : { code, output };
  };
  const none = await migrate('--status');
  assert.deepEqual([none.code, /no board/.test(none.output)], [1, true], none.output);
  await assert.rejects(access(file));

  await (await openBoard(url)).close();
  const database = new DatabaseSync(file);
  const { known, ...now } = await migrate('--status');
  assert.deepEqual(now, { version: known, pending: [], done: [] });

  database.exec('drop table batches; pragma user_version = 1');
  const versionIn = () => database.prepare('pragma user_version').get()?.['user_version'];
  const { pending, done } = await migrate('--status');
  assert.deepEqual([pending[0], pending.length, done], ['0002-batches', known - 1, []]);
  assert.equal(versionIn(), 1);
  assert.deepEqual(await migrate(), { version: known, known, pending: [], done: pending });
  assert.equal(versionIn(), known);
  assert.deepEqual(await migrate(), { version: known, known, pending: [], done: [] });

  database.exec('pragma user_version = 1000');
  database.close();
  const newer = await migrate();
  assert.deepEqual([newer.code, /version 1000/.test(newer.output)], [1, true], newer.output);
  assert.deepEqual(await migrate('--status'), { version: 1000, known, pending: [], done: [] });
});

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { Kysely } from 'kysely';
import { databaseOf } from '../src/board/database-url.ts';
import { up } from '../src/store/migrations/0001-board.ts';
import type { Tables } from '../src/store/schema.ts';
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

  await makeOldest(url);
  const database = new DatabaseSync(file);
  const versionIn = () => database.prepare('pragma user_version').get()?.['user_version'];
  const { known, pending, done } = await migrate('--status');
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

/** A board as the first migration left it. */
async function makeOldest(url: string): Promise<void> {
  const { writing, language, lockSchema } = await databaseOf(url);
  const db = new Kysely<Tables>({ dialect: writing });
  await lockSchema(db, async (on) => {
    await up(on, language.types);
    await on.insertInto('clock').values({ one: 1, seq: 0, epoch: 'old1', horizon: 0, last_user_id: 0 }).execute();
    return 1;
  });
  await db.destroy();
}

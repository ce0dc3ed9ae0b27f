import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { startTestServer } from './support/server.ts';

test('a lock that somebody else has on the file makes writers wait, and nobody else', async (t) => {
  const { api, database } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const other = new DatabaseSync(database.file);
  other.exec('begin immediate');

  let isAnswered = false;
  const posted = api.say(kitten, 'patient').finally(() => {
    isAnswered = true;
  });
  // In this very process, whose event loop SQLite's own way of waiting would hold up.
  for (let n = 0; n < 20; n += 1) assert.equal((await api.get('/messages')).status, 200);
  assert.equal(isAnswered, false);
  other.exec('rollback');
  other.close();
  assert.equal((await posted).id, 1);
});

import assert from 'node:assert/strict';
import { argon2Sync, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { Answer } from './support/api.ts';
import { startTestServer } from './support/server.ts';

/** All of an answer but its date. */
function told({ status, headers, text }: Answer<unknown>): unknown {
  return { status, headers: [...headers].filter(([name]) => name !== 'date').sort(), text };
}

for (const [method, path, json] of [
  ['GET', '/user', undefined],
  ['GET', '/messages', undefined],
  ['GET', '/message/1', undefined],
  ['GET', '/stream', undefined],
  ['POST', '/message', { text: 'Hello!' }],
  ['PATCH', '/user', { bio: 'Hello!' }],
  ['DELETE', '/user', undefined],
  ['POST', '/user', { username: 'another', password: 'another' }],
] as const) {
  test(`${method} ${path}: a wrong password says nothing about who has an account`, async (t) => {
    const { api, board } = await startTestServer(t);
    await api.signUp('kitten');
    await api.signUp('wolf');
    await api.delete('/user', { as: await api.signUp('moth') });
    await board.asOperator().users.administer('wolf', { banned: true });
    const tries: unknown[] = [];
    for (const username of ['kitten', 'puppy', 'wolf', 'moth', 'no name at all', '1', '']) {
      tries.push(told(await api.call(method, path, { json, as: { username, password: 'wrong' } })));
    }

    for (const each of tries) assert.deepEqual(each, tries[0]);
    assert.equal((tries[0] as { status: number }).status, 401);
  });
}

/** As an earlier version with a lower cost would have stored it. */
function weakHash(password: string): string {
  const salt = randomBytes(16);
  const tag = argon2Sync('argon2id', {
    message: password,
    nonce: salt,
    memory: 8192,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  });
  const [head, body] = [salt, tag].map((bytes) => bytes.toString('base64').replace(/=+$/, ''));
  return `$argon2id$v=19$m=8192,t=1,p=1$${head}$${body}`;
}

test('a password that was stored at a lower cost is stored anew when it is next used, and a wrong one changes nothing', async (t) => {
  const first = await startTestServer(t);
  const kitten = await first.api.signUp('kitten');
  await first.close();
  const inFile = <Result>(ask: (file: DatabaseSync) => Result): Result => {
    const file = new DatabaseSync(first.database.file);
    try {
      return ask(file);
    } finally {
      file.close();
    }
  };
  const stored = () =>
    inFile((file) => String(file.prepare('select password_hash from users').get()?.['password_hash']));
  inFile((file) => file.prepare('update users set password_hash = ?').run(weakHash('yarn')));

  const { api } = await startTestServer(t, { database: first.database });
  assert.equal((await api.get('/user', { as: { ...kitten, password: 'wool' } })).status, 401);
  assert.match(stored(), /m=8192,t=1,p=1/);
  assert.equal((await api.get('/user', { as: kitten })).status, 200);
  assert.match(stored(), /m=19456,t=2,p=1/);
  const renewed = stored();
  assert.equal((await api.get('/user', { as: kitten })).status, 200);
  assert.equal((await api.get('/user', { as: { ...kitten, password: 'wool' } })).status, 401);
  assert.equal(stored(), renewed);
});

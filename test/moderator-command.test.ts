import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { User } from '../src/model/user.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';

const { api, database } = await startTestServer(test);
await api.signUp('kitten');

const isModerator = async () => (await api.get<User>('/user/kitten')).body.moderator;

test('a running server notices at once who moderates, and who no longer does', async () => {
  // Met before, so that it has an old state to forget.
  assert.equal(await isModerator(), false);

  const add = await runToEnd(['moderator', 'add', 'Kitten', '--database', database.url]);
  assert.equal(add.code, 0, add.output);
  assert.deepEqual(
    [(JSON.parse(add.printed) as User).username, (JSON.parse(add.printed) as User).moderator],
    ['kitten', true],
  );
  await eventually(async () => assert.equal(await isModerator(), true));

  const remove = await runToEnd(['moderator', 'remove', '1', '-d', database.url]);
  assert.deepEqual([remove.code, (JSON.parse(remove.printed) as User).moderator], [0, false]);
  await eventually(async () => assert.equal(await isModerator(), false));
});

test('the database may be named by the environment, and saying it twice does no harm', async () => {
  const env = { MSGBOARD_DATABASE: database.url };
  for (const _ of [1, 2]) assert.equal((await runToEnd(['moderator', 'add', 'kitten'], { env })).code, 0);
  await eventually(async () => assert.equal(await isModerator(), true));
});

for (const [name, args, status, told] of [
  ['whom nobody knows', ['add', 'nobody'], 1, /nobody/],
  ['without a name', ['add'], 2, /name/],
  ['of a kind that there is not', ['promote', 'kitten'], 2, /promote/],
] as const) {
  test(`a moderator ${name} is refused in a sentence`, async () => {
    const { code, output } = await runToEnd(['moderator', ...args], { env: { MSGBOARD_DATABASE: database.url } });
    assert.equal(code, status);
    assert.match(output, told);
    assert.doesNotMatch(output, /\n\s+at /);
  });
}

test('a misspelt database is not made on the way', async (t) => {
  const { dir } = await temporaryDatabase(t);
  const { code, output } = await runToEnd(['moderator', 'add', 'kitten', '-d', `sqlite:${join(dir, 'bord.db')}`]);
  assert.equal(code, 1);
  assert.match(output, /bord\.db/);
  await assert.rejects(access(join(dir, 'bord.db')));
});

test('its help says how it is used', async () => {
  const { code, output } = await runToEnd(['moderator', '--help']);
  assert.equal(code, 0);
  for (const word of ['add', 'remove', '<name>']) assert.ok(output.includes(word), output);
  assert.match((await runToEnd(['--help'])).output, /moderator/);
});

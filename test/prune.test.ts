import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { runToEnd } from './support/program.ts';
import { without } from './support/settings.ts';

async function run(...args: readonly string[]): Promise<string> {
  const { code, output } = await runToEnd(args);
  assert.equal(code, 0, output);
  return output;
}

for (const [name, needs, start] of [
  ['SQLite', [], null],
  ['PostgreSQL', PRIVATE_SERVERS.postgres.needs, PRIVATE_SERVERS.postgres.start],
] as const) {
  test(`what is forgotten resets who has not heard of it, and nobody else (${name})`, {
    skip: without(...needs),
  }, async (t) => {
    const { dir, url } = await temporaryDatabase(t, start ? (await start(t)).url : undefined);
    const board = await openBoard(url);
    atEnd(t, () => board.close());
    for (const username of ['kitten', 'puppy']) await board.as().users.create({ username, password: 'yarn' });
    const [kitten, puppy] = [board.as('kitten'), board.as('puppy')];
    const cursorOf = async () => (await kitten.messages.list()).cursor;
    const comes = async (cursor: string) =>
      (await kitten.poll({ cursor })).events.map((event) => (event.type === 'reset' ? event.reason : event.type));

    const answered = await kitten.messages.post({ text: 'answered' });
    const answer = await puppy.messages.post({ text: 'an answer', replyTo: answered.id });
    const secret = await kitten.messages.post({ text: 'secret', to: ['puppy'], topics: ['plans'] });
    const alone = await kitten.messages.post({ text: 'alone', topics: ['cats'] });
    const before = await cursorOf();
    for (const { id } of [answered, secret, alone]) await kitten.messages.delete(id);
    const after = await cursorOf();
    await kitten.messages.post({ text: 'later' });
    const head = await cursorOf();
    assert.deepEqual(await comes(before), ['delete', 'delete', 'delete', 'message']);

    assert.match(await run('prune', '-d', url), /^Forgot 0 deletions, 0 expired sessions and 0 old keys/);
    assert.match(
      await run('prune', '-d', url, '--older-than', '0s', '--dry-run'),
      /^This would forget 2 deletions, 0 /,
    );
    assert.deepEqual(await comes(before), ['delete', 'delete', 'delete', 'message']);
    assert.match(await run('prune', '-d', url, '--older-than', '0s'), /^Forgot 2 deletions, 0 /);
    assert.match(await run('prune', '-d', url, '--older-than', '0s'), /^Forgot 0 deletions, 0 /);

    await eventually(async () => assert.deepEqual(await comes(before), ['pruned']));
    assert.deepEqual(await comes(after), ['message']);
    assert.deepEqual(await comes(head), []);
    assert.deepEqual(await comes('0'), ['message', 'message']);
    await assert.rejects(kitten.messages.get(alone.id), { code: 'not-found' });
    await assert.rejects(puppy.messages.post({ text: 'too late', replyTo: alone.id }), { code: 'bad-input' });

    const anew = await puppy.messages.post({ text: 'anew', to: ['kitten'], topics: ['plans'] });
    assert.deepEqual([anew.thread, anew.id], [anew.id, alone.id + 5]);
    const active = await kitten.messages.list({ order: 'active' });
    assert.deepEqual(
      active.messages.map(({ id }) => id),
      [anew.id, alone.id + 4, answer.id],
    );

    const [file, again] = [join(dir, 'pruned.ndjson'), `sqlite:${join(dir, 'again.db')}`];
    await run('export', '-d', url, '-o', file);
    assert.match(await run('import', file, '-d', again), /^Imported 2 users and 4 messages/);
  });
}

test('expired sessions and old keys are forgotten, and no others', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  let now = Date.now() - 40 * 24 * 60 * 60 * 1000;
  const board = await openBoard(url, { now: () => now });
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const kitten = board.as('kitten');
  for (const day of ['old', 'new']) {
    await kitten.messages.post({ text: day }, { idempotencyKey: day });
    await kitten.sessions.open({});
    now = Date.now();
  }
  await board.close();

  const left = () => {
    const database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare('select (select count(*) from keys) as k, (select count(*) from sessions) as s').get();
    database.close();
    return { ...row };
  };
  const found = left();
  assert.match(await run('prune', '-d', url, '--dry-run'), /forget 0 deletions, \d expired sessions and \d old keys/);
  assert.deepEqual(left(), found);
  await run('prune', '-d', url);
  assert.deepEqual(left(), { k: 1, s: 1 });
});

test('a time that is none is refused', async () => {
  const { code, output } = await runToEnd(['prune', '--older-than', 'yesterday']);
  assert.deepEqual([code, /90d/.test(output)], [2, true], output);
});

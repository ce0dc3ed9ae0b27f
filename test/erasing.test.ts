import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { eventually } from './support/eventually.ts';
import { startTestServer, type TestServer } from './support/server.ts';

/** Whatever stands in the files of a board: the database, and its log beside it. */
async function bytesOf({ database: { dir } }: TestServer): Promise<string> {
  const files = await readdir(dir);
  const contents = await Promise.all(files.map((file) => readFile(join(dir, file), 'latin1')));
  return contents.join('\n');
}

/** Text that is found again wherever it stands, longer than a page of the database. */
function long(word: string): string {
  return `${word} `.repeat(1000).slice(0, 9000);
}

/** Posts, edits and deletes: of what is told there, `kept-…` alone may be found again. */
async function tellAndErase({ api }: TestServer): Promise<void> {
  const kitten = await api.signUp('kitten', { bio: 'kept-bio' });
  const wolf = await api.signUp('wolf', { bio: 'lost-bio', data: { lost: 'lost-user-data' } });
  const edited = await api.say(kitten, { text: 'lost-before-edit', data: { a: 'lost-data-before' } });
  const longEdited = await api.say(kitten, long('lost-long-edit'));
  const deleted = await api.say(kitten, { text: 'lost-deleted', topics: ['kept-topic'] });
  const longDeleted = await api.say(kitten, long('lost-long-deleted'));
  const parent = await api.say(kitten, 'kept-parent');
  await api.say(wolf, { text: 'lost-reply', replyTo: parent.id });
  await api.say(wolf, { text: long('lost-private'), to: ['kitten'] });
  await api.patch('/user', { bio: 'lost-second-bio' }, { as: wolf });

  await api.put(`/message/${edited.id}`, { text: 'kept-after-edit', data: { a: 'kept-data' } }, { as: kitten });
  await api.put(`/message/${longEdited.id}`, { text: 'kept-short' }, { as: kitten });
  await api.delete(`/message/${deleted.id}`, { as: kitten });
  await api.delete(`/message/${longDeleted.id}`, { as: kitten });
  const answer = await api.delete('/user', { as: wolf });
  assert.equal(answer.status, 204, answer.text);
}

const KEPT = ['kept-after-edit', 'kept-bio', 'kept-data', 'kept-parent', 'kept-short', 'kept-topic'];

function wordsIn(bytes: string): string[] {
  return [...new Set(bytes.match(/(?:kept|lost)-[a-z]+(?:-[a-z]+)*/g))].sort();
}

test('a running server takes what was deleted, or stood there before an edit, out of its files', async (t) => {
  const server = await startTestServer(t);
  await tellAndErase(server);

  await eventually(async () => assert.deepEqual(wordsIn(await bytesOf(server)), KEPT));
});

test('a server that ends leaves nothing behind of what was deleted', async (t) => {
  const server = await startTestServer(t);
  await tellAndErase(server);
  await server.close();

  assert.deepEqual(wordsIn(await bytesOf(server)), KEPT);
});

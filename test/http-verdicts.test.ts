import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { startTestServer } from './support/server.ts';

const { api } = await startTestServer(test);
const kitten = await api.signUp('kitten');

/** Each of them is one that some collation takes for another. */
const LOOKALIKES = [
  'cats',
  'Cats',
  'cats ',
  ' cats',
  'café',
  'cafe',
  'cafe\u0301',
  '🐱',
  '🐶',
  'ß',
  'ss',
  'ı',
  'i',
  "'",
  '\\',
  '%',
  '_',
];

test('topics that look alike are different topics', async () => {
  for (const topic of LOOKALIKES) await api.say(kitten, { text: topic, topics: [topic] });
  for (const topic of LOOKALIKES) {
    const { body } = await api.get<Message[]>(`/messages?topic=${encodeURIComponent(topic)}`);
    assert.deepEqual(
      body.map(({ text }) => text),
      [topic],
    );
  }
});

test('Idempotency-Keys that look alike are different keys', async () => {
  const keys = ['key', 'Key', 'key!', "key'", 'key\\', 'key%'];
  const ids = new Set<number>();
  for (const key of [...keys, ...keys]) {
    const headers = { 'idempotency-key': key };
    const { status, body } = await api.post<Message>('/message', { text: key }, { as: kitten, headers });
    assert.equal(status, 201);
    ids.add(body.id);
  }
  assert.equal(ids.size, keys.length);
});

for (const [name, status] of [
  ['Kitten', 409],
  ['KITTEN', 409],
  ['kitten_', 201],
  ['k1tten', 201],
  ['kittén', 201],
] as const) {
  test(`after kitten, ${name} is answered ${status}`, async () => {
    assert.equal((await api.post('/user', { username: name, password: 'yarn' })).status, status);
  });
}

for (const [what, text] of [
  ['the longest text of four bytes each', '🐱'.repeat(10_000)],
  ['spaces at both ends', '  cats  '],
  ['a text that an escape could end', `'; drop table messages; -- \\' " \\0 \\`],
  ['line ends of every kind', 'a\r\nb\rc\nd\u2028e\u2029f\u0085g'],
  ['characters beyond the basic plane, joined', '👩‍👩‍👧‍👦 𐍈 ￿'],
] as const) {
  test(`${what} comes back as it was`, async () => {
    const data = { start: text.slice(0, 100) };
    const { id } = await api.say(kitten, { text, data });
    const { body } = await api.get<Message>(`/message/${id}`);
    assert.deepEqual([body.text, body.data], [text, data]);
  });
}

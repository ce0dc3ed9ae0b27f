import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { basic } from './support/api.ts';
import { type ExactRequest, sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { fingerprint } from './support/unharmed.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const { id } = await api.say(kitten, 'I love kittens!');
const JSON_HEADERS = { 'content-type': 'application/json', authorization: basic(kitten) };

/** One attack a test: it is refused, and nothing is other than before. */
function attack(name: string, request: ExactRequest, status: number | readonly number[], path?: string): void {
  test(name, async () => {
    const before = await fingerprint(api);
    assertProblem(await sendExactly(url, { headers: JSON_HEADERS, ...request }), status, path);
    assert.deepEqual(await fingerprint(api), before);
  });
}

const ways = [
  ['POST', '/message'],
  ['PUT', `/message/${id}`],
  ['POST', '/user'],
] as const;

for (const [method, path] of ways) {
  const where = `${method} ${path}`;
  for (const [name, body] of [
    ['nothing', ''],
    ['broken JSON', '{"text":"x"'],
    ['JSON and more', '{"text":"x"}}'],
    ['two documents', '{"text":"x"}\n{"text":"y"}'],
    ['a comment', '{"text":"x"/**/}'],
    ['null', 'null'],
    ['an array', '["text"]'],
    ['a text', '"text"'],
    ['a number', '1'],
    ['a text with a bare line feed', '{"text":"a\nb"}'],
    ['4,000 brackets', '['.repeat(4000)],
    ['an empty object', '{}'],
  ] as const) {
    attack(`${where}: ${name}`, { method, path, body }, 400);
  }
  attack(`${where}: 60,000 brackets`, { method, path, body: '['.repeat(60_000) }, 413);

  for (const [name, field] of [
    ['a field that nobody knows', 'colour'],
    ['an id of its own', 'id'],
    ['a place in the order', 'seq'],
    ['an author', 'user'],
    ['power', 'moderator'],
    ['a prototype', '__proto__'],
    ['a constructor', 'constructor'],
  ] as const) {
    const valid = method === 'PUT' || path === '/message' ? '"text":"x"' : '"username":"dog","password":"yarn"';
    const body = `{${valid},"${field}":{"prototype":{"polluted":true},"polluted":true}}`;
    attack(
      `${where}: ${name}`,
      { method, path, body },
      400,
      field.startsWith('_') || field === 'constructor' ? undefined : field,
    );
  }

  for (const [name, type] of [
    ['no content type', undefined],
    ['text/plain, as a form of another site sends it', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with files', 'multipart/form-data; boundary=x'],
    ['XML', 'application/xml'],
    ['almost JSON', 'application/jsonp'],
    ['a content type out of shape', ';;;'],
  ] as const) {
    const headers = { authorization: basic(kitten), ...(type === undefined ? {} : { 'content-type': type }) };
    test(`${where}: ${name} is 415, naming the header to send`, async () => {
      const before = await fingerprint(api);
      const problem = assertProblem(await sendExactly(url, { method, path, headers, body: '{"text":"x"}' }), 415);
      assert.match(problem.detail, /content-type: *application\/json/i);
      assert.deepEqual(await fingerprint(api), before);
    });
  }

  attack(`${where}: a body of 2 MB`, { method, path, body: `{"text":"${'x'.repeat(2_000_000)}"}` }, 413);
  attack(`${where}: a body of one byte too much`, { method, path, body: '{"text":"x"}'.padEnd(65_537) }, 413);
  attack(
    `${where}: 2 MB without a length`,
    { method, path, headers: { ...JSON_HEADERS, 'transfer-encoding': 'chunked' }, body: 'x'.repeat(2_000_000) },
    413,
  );
  attack(
    `${where}: a packed body`,
    { method, path, headers: { ...JSON_HEADERS, 'content-encoding': 'gzip' }, body: gzipSync('{"text":"x"}') },
    [400, 415],
  );

  for (const [name, bytes] of [
    ['a byte that is no UTF-8', [0xff]],
    ['a NUL in too many bytes', [0xc0, 0x80]],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80]],
    ['a character cut short', [0xf0, 0x9f]],
    ['a character above Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ] as const) {
    const text = Buffer.concat([Buffer.from('"'), Buffer.from(bytes), Buffer.from('"')]);
    const valid = path === '/user' ? '{"username":"dog","password":"yarn","bio":' : '{"text":';
    attack(
      `${where}: ${name}`,
      { method, path, body: Buffer.concat([Buffer.from(valid), text, Buffer.from('}')]) },
      400,
    );
  }
}

const texts = [
  ['a NUL', 'a\\u0000b'],
  ['half a character', '\\ud83d'],
  ['the other half', '\\udc08'],
  ['two halves the wrong way round', '\\udc08\\ud83d'],
] as const;

for (const [name, text] of texts) {
  for (const field of ['text', 'topics', 'to']) {
    const value = field === 'text' ? `"${text}"` : `["${text}"]`;
    const body = field === 'text' ? `{"text":${value}}` : `{"text":"x","${field}":${value}}`;
    attack(`a message with ${name} in ${field}`, { method: 'POST', path: '/message', body }, [400, 404]);
  }
  for (const field of ['username', 'password', 'bio']) {
    const others = { username: 'dog', password: 'yarn', bio: 'x' };
    const body = JSON.stringify({ ...others, [field]: 'MARK' }).replace('MARK', `dog${text}`);
    attack(`a user with ${name} in ${field}`, { method: 'POST', path: '/user', body }, 400, field);
  }
}

for (const [name, json] of [
  ['half a character', '{"a":"\\ud83d"}'],
  ['half a character in a name', '{"\\ud83d":1}'],
  ['a prototype', '{"__proto__":{"polluted":true}}'],
  ['a prototype deep inside', '{"a":[{"__proto__":{"polluted":true}}]}'],
  ['a prototype by another spelling', '{"\\u005f_proto__":{"polluted":true}}'],
  ['17 objects in one another', `${'{"a":'.repeat(16)}{}${'}'.repeat(16)}`],
  ['3,000 arrays in one another', `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`],
  ['a number that is too large', '{"a":1e999}'],
  ['more than 4 KiB', `{"a":"${'x'.repeat(4096)}"}`],
  ['more than 4 KiB of UTF-8', `{"a":"${'🐈'.repeat(1100)}"}`],
  ['an array for an object', '[]'],
  ['a text for an object', '"x"'],
  ['a number for an object', '1'],
] as const) {
  const rows = [
    ['POST', '/message', `{"text":"x","data":${json}}`],
    ['PUT', `/message/${id}`, `{"data":${json}}`],
    ['POST', '/user', `{"username":"dog","password":"yarn","data":${json}}`],
  ] as const;
  for (const [method, path, body] of rows) attack(`${method} ${path}, data: ${name}`, { method, path, body }, 400);
}

for (const [field, values] of [
  ['text', [1, true, null, {}, [], ['x'], '', 'x'.repeat(10_001), '🐈'.repeat(10_001)]],
  [
    'topics',
    [
      'cats',
      1,
      {},
      [1],
      [null],
      [['cats']],
      [''],
      ['x'.repeat(101)],
      Array.from({ length: 11 }, (_, n) => `topic ${n}`),
    ],
  ],
  ['replyTo', [0.5, -1, true, {}, [], [1], 'x', '1e3', 1e21]],
  ['to', ['dog', 1, {}, [true], [{}], [''], [-1], [0.5], new Array(51).fill('kitten')]],
] as const) {
  for (const value of values) {
    const shown = JSON.stringify(value).slice(0, 40);
    const body = JSON.stringify({ text: 'x', [field]: value });
    const headers = { ...JSON_HEADERS, 'idempotency-key': 'never used' };
    attack(`a message with ${field}: ${shown}`, { method: 'POST', path: '/message', headers, body }, 400, field);
  }
}

for (const to of [['nobody'], [999_999], ['kitten', 'nobody']]) {
  const body = JSON.stringify({ text: 'x', to });
  attack(`a message to somebody who is not there: ${to}`, { method: 'POST', path: '/message', body }, [400, 404]);
}

const numerals = ['123', '١٢٣'];
const shapes = ['', ' ', 'a b', '.a', 'a.', '-a', 'a-', 'a/b', 'a:b', 'a@b', '<b>', 'a\nb', 'x'.repeat(31)];
const disguises = ['pаypal', 'kitteո', 'ﬁsh', 'a\u200db', 'a\u202eb', 'a\u00adb', '🐈', 'x²'];
for (const username of [...numerals, ...shapes, ...disguises, 1, null, true, ['dog'], {}]) {
  const body = JSON.stringify({ username, password: 'yarn' });
  attack(`a user called ${JSON.stringify(username)}`, { method: 'POST', path: '/user', body }, 400, 'username');
}

for (const [field, values] of [
  ['password', ['', 'abc', 'x'.repeat(1025), 1234, null, ['yarn'], {}]],
  ['bio', ['x'.repeat(1001), 1, true, {}, ['x']]],
] as const) {
  for (const value of values) {
    const body = JSON.stringify({ username: 'dog', password: 'yarn', [field]: value });
    attack(
      `a user with ${field}: ${JSON.stringify(value).slice(0, 40)}`,
      { method: 'POST', path: '/user', body },
      400,
      field,
    );
  }
}

for (const [body, field] of [
  ['{"password":"yarn"}', 'username'],
  ['{"username":"dog"}', 'password'],
] as const) {
  attack(`a user without ${field}`, { method: 'POST', path: '/user', body }, 400, field);
}
attack('a message without text', { method: 'POST', path: '/message', body: '{"topics":["cats"]}' }, 400, 'text');
attack(
  'an edit of topics',
  { method: 'PUT', path: `/message/${id}`, body: '{"text":"x","topics":["cats"]}' },
  400,
  'topics',
);
attack('an edit of people', { method: 'PUT', path: `/message/${id}`, body: '{"text":"x","to":["kitten"]}' }, 400, 'to');

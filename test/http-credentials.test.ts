import assert from 'node:assert/strict';
import test from 'node:test';
import { basic } from './support/api.ts';
import { sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const server = await startTestServer(test);
const { api, url } = server;
const kitten = await api.signUp('kitten');
const { id } = await api.say(kitten, 'I love kittens!');

const writes = [
  ['POST', '/message', { text: 'mine' }],
  ['PUT', `/message/${id}`, { text: 'mine' }],
  ['DELETE', `/message/${id}`, undefined],
] as const;

for (const [method, path, json] of writes) {
  test(`${method} ${path} without credentials is 401`, async () => {
    const answer = await api.call(method, path, { json });
    assertProblem(answer, 401);
    assert.ok(answer.headers.get('www-authenticate'), 'RFC 9110: a 401 names a scheme');
  });

  for (const [name, person] of [
    ['a wrong password', { ...kitten, password: 'wool' }],
    ['a password in other letters', { ...kitten, password: 'Yarn' }],
    ['an empty password', { ...kitten, password: '' }],
    ['a user whom nobody knows', { username: 'nobody', password: 'yarn' }],
    ['no name', { username: '', password: 'yarn' }],
    ['an id for a name', { username: '1', password: 'yarn' }],
  ] as const) {
    test(`${method} ${path} with ${name} is 401`, async () => {
      assertProblem(await api.call(method, path, { json, as: person }), 401);
    });
  }
}

test('wrong credentials are 401 where none are needed too', async () => {
  const as = { ...kitten, password: 'wool' };
  for (const path of ['/messages', `/message/${id}`, '/user/kitten', '/stream']) {
    assertProblem(await api.get(path, { as }), 401);
  }
});

test('what anybody may read needs no credentials, and takes good ones', async () => {
  for (const path of ['/messages', `/message/${id}`, '/user/kitten']) {
    assert.equal((await api.get(path)).status, 200);
    assert.equal((await api.get(path, { as: kitten })).status, 200);
  }
});

test('an unknown name and a wrong password are answered alike', async () => {
  const known = await api.post('/message', { text: 'x' }, { as: { ...kitten, password: 'wool' } });
  const unknown = await api.post('/message', { text: 'x' }, { as: { username: 'kittens', password: 'wool' } });

  assert.deepEqual([known.status, known.text], [unknown.status, unknown.text]);
});

for (const [name, password] of [
  ['of four characters', 'yarn'],
  ['with colons', 'a:b::c'],
  ['in any script', 'ключ 鍵 🔑'],
  ['of 1,024 characters', '🧶'.repeat(1024)],
] as const) {
  test(`a password ${name} opens the account`, async () => {
    const person = await api.signUp(`user_${name.length}`, { password });
    assert.equal((await api.post('/message', { text: 'Here I am.' }, { as: person })).status, 201);
    assertProblem(await api.post('/message', { text: 'x' }, { as: { ...person, password: `${password}x` } }), 401);
  });
}

test('a name opens the account however it is cased', async () => {
  assert.equal((await api.post('/message', { text: 'x' }, { as: { ...kitten, username: 'KITTEN' } })).status, 201);
});

for (const [name, authorization] of [
  ['basic in small letters', basic(kitten).replace('Basic', 'basic')],
  ['a scheme in capitals', basic(kitten).replace('Basic', 'BASIC')],
] as const) {
  test(`${name} is Basic`, async () => {
    const answer = await api.post('/message', { text: 'x' }, { headers: { authorization } });
    assert.equal(answer.status, 201, answer.text);
  });
}

test('a program without credentials is told of Basic', async () => {
  const answer = await sendExactly(url, { method: 'DELETE', path: `/message/${id}` });
  assertProblem(answer, 401);
  assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic /);
});

test("a page's own fetch never makes the browser open its password pop-up", async () => {
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' };
  const answer = await sendExactly(url, { method: 'DELETE', path: `/message/${id}`, headers });
  assertProblem(answer, 401);
  assert.doesNotMatch(answer.headers.get('www-authenticate') ?? '', /\bBasic\b/i);
});

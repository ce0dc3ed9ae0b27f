import assert from 'node:assert/strict';
import test from 'node:test';
import { basic } from './support/api.ts';
import { type ExactRequest, sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { fingerprint } from './support/unharmed.ts';

const { api, url } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const { id } = await api.say(kitten, 'I love kittens!');
const AUTHORIZED = { 'content-type': 'application/json', authorization: basic(kitten) };

function attack(name: string, request: ExactRequest, status: number | readonly number[], path?: string): void {
  test(name, async () => {
    const before = await fingerprint(api);
    assertProblem(await sendExactly(url, request), status, path);
    assert.deepEqual(await fingerprint(api), before);
  });
}

const NO_IDS = [
  '-1',
  '+1',
  '1e3',
  '1.0',
  '1.5',
  '0x1',
  '1_0',
  'NaN',
  'null',
  'one',
  '%00',
  '1%00',
  '%ff',
  '%',
  '%zz',
  '%20',
  '1%20',
  '%d9%a1',
  '1%2F',
  '1;2',
  "1'--",
  '1,2',
];
const NOBODYS_IDS = [
  '0',
  '999999',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  '9'.repeat(90),
];

for (const method of ['GET', 'PUT', 'DELETE'] as const) {
  const headers = { authorization: basic(kitten) };
  const request =
    method === 'GET' ? {} : method === 'PUT' ? { headers: AUTHORIZED, body: '{"text":"x"}' } : { headers };
  for (const text of NO_IDS)
    attack(`${method} of a message by what is no id: ${text}`, { method, path: `/message/${text}`, ...request }, 400);
  for (const text of NOBODYS_IDS)
    attack(`${method} of a message that nobody has: ${text}`, { method, path: `/message/${text}`, ...request }, 404);
}

for (const text of [
  ...NOBODYS_IDS,
  'nobody',
  'a%20b',
  '%3Cb%3E',
  'constructor',
  '__proto__',
  '-1',
  '1e3',
  "kitten'--",
]) {
  attack(`a user whom nobody knows: ${text}`, { path: `/user/${text}` }, 404);
}
for (const text of ['%ff', '%', '%zz', '%c0%80', '%ed%a0%80']) {
  attack(`a user by what is no text: ${text}`, { path: `/user/${text}` }, 400);
}
attack('a user with a NUL', { path: '/user/kitten%00' }, [400, 404]);

for (const path of [
  '/nothing',
  '/MESSAGES',
  '/messages/',
  '//messages',
  '/messages/1',
  '/message/1/user',
  '/../../etc/passwd',
  '/..%2f..%2fetc%2fpasswd',
  '/docs/..%2f..%2fpackage.json',
  '/docs/%2e%2e/%2e%2e/package.json',
  '/.git/config',
  '/web/..%5c..%5cpackage.json',
  '/web/..%2f..%2fpackage.json',
  '/web/%2e%2e%5cpackage.json',
  '/web/%252e%252e/package.json',
  '/web/.%00./package.json',
  '/web',
  '/web/',
  '/web/nothing.js',
  '/openapi-json',
  '/%256dessages',
  '/messages%3flimit=1',
  '/user/../messages',
  '/user/..%2fmessages',
  '/message/1%2f..%2f2',
  '/messages;x=1',
  '/%E0%80%AFmessages',
  '/constructor',
  '/__proto__',
]) {
  attack(`nothing is at ${path}`, { path }, [400, 404]);
}
attack('a path of 8 KB', { path: `/${'x'.repeat(8000)}` }, [404, 414]);
attack('a name of 8 KB', { path: `/user/${'x'.repeat(8000)}` }, [404, 414]);

for (const [method, path, allowed] of [
  ['PATCH', `/message/${id}`, ['DELETE', 'GET', 'HEAD', 'PUT']],
  ['POST', `/message/${id}`, ['DELETE', 'GET', 'HEAD', 'PUT']],
  ['PROPFIND', `/message/${id}`, ['DELETE', 'GET', 'HEAD', 'PUT']],
  ['GET', '/message', ['POST']],
  ['PUT', '/message', ['POST']],
  ['PUT', '/user', ['POST']],
  ['PUT', '/user/kitten', ['GET', 'HEAD']],
  ['DELETE', '/user/kitten', ['GET', 'HEAD']],
  ['PUT', '/messages', ['GET', 'HEAD']],
  ['POST', '/stream', ['GET', 'HEAD']],
  ['DELETE', '/stream', ['GET', 'HEAD']],
  ['POST', '/openapi.json', ['GET', 'HEAD']],
  ['DELETE', '/health/live', ['GET', 'HEAD']],
] as const) {
  test(`${method} ${path} is 405, with what is allowed`, async () => {
    const before = await fingerprint(api);
    const answer = await sendExactly(url, { method, path, headers: AUTHORIZED, body: '{}' });
    assertProblem(answer, 405);
    const allow = (answer.headers.get('allow') ?? '').split(/, */);
    assert.ok(!allow.includes(method), `${allow}`);
    for (const one of allowed) assert.ok(allow.includes(one), `${one} among ${allow}`);
    assert.deepEqual(await fingerprint(api), before);
  });
}

for (const [method, path, field] of [
  ['POST', '/message?user=dog', 'user'],
  ['PUT', `/message/${id}?force=1`, 'force'],
  ['DELETE', `/message/${id}?force=1`, 'force'],
  ['GET', `/message/${id}?fields=id`, 'fields'],
  ['GET', '/user/kitten?password=1', 'password'],
  ['GET', '/messages?__proto__[polluted]=1', '__proto__[polluted]'],
  ['GET', '/messages?constructor[prototype]=1', 'constructor[prototype]'],
  ['POST', '/user?moderator=1', 'moderator'],
] as const) {
  const json = path.startsWith('/user?') ? { username: 'dog', password: 'yarn' } : { text: 'x' };
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(json) };
  attack(
    `a parameter that ${method} ${path} does not know`,
    { method, path, headers: AUTHORIZED, ...body },
    400,
    field,
  );
}

for (const more of ['lastEventId=1&lastEventId=2', `last_event_id=${'1'.repeat(81)}`, 'after=0&after=1']) {
  const path = `/stream?poll=1&after=0&${more}`;
  attack(`a cursor beside another: ${more.slice(0, 40)}`, { path }, 400, more.replace(/=.*$/, ''));
}

for (const [name, query] of [
  ['a byte that is no UTF-8', 'topic=%ff'],
  ['half an escape', 'limit=%'],
  ['a NUL', 'topic=%00'],
] as const) {
  attack(`a query with ${name}`, { path: `/messages?${query}` }, 400);
}

for (const [name, authorization] of [
  ['no value', 'Basic'],
  ['an empty value', 'Basic '],
  ['what is no base64', 'Basic ¡¡¡'],
  ['no colon', `Basic ${btoa('kitten')}`],
  ['nothing but a colon', `Basic ${btoa(':')}`],
  ['bytes that are no UTF-8', `Basic ${btoa('kitten:\xff\xfe')}`],
  ['a NUL', `Basic ${btoa('kitten:yarn\0')}`],
  ['a NUL in the name', `Basic ${btoa('kitten\0:yarn')}`],
  ['a control character', `Basic ${btoa('kitten\r\n:yarn')}`],
  ['two values', `Basic ${btoa('kitten:yarn')} ${btoa('kitten:yarn')}`],
  ['10 KB', `Basic ${btoa(`kitten:${'x'.repeat(7000)}`)}`],
  ['another scheme', `Digest ${btoa('kitten:yarn')}`],
  ['a token that nobody has', 'Bearer x'],
  ['no scheme', 'kitten:yarn'],
  ['the name of a prototype', `Basic ${btoa('__proto__:yarn')}`],
] as const) {
  for (const [method, path] of [
    ['DELETE', `/message/${id}`],
    ['GET', '/messages'],
  ] as const) {
    attack(`${method} ${path} with credentials of ${name}`, { method, path, headers: { authorization } }, 401);
  }
}

test('headers that come twice are never a fault of the server', async () => {
  for (const [name, values] of [
    ['if-none-match', ['"1"', '"2"']],
    ['accept', ['application/json', 'text/plain']],
    ['authorization', [basic(kitten), basic({ ...kitten, password: 'wool' })]],
    ['range', ['bytes=0-', 'bytes=1-']],
    ['content-type', ['text/plain', 'application/json']],
  ] as const) {
    const { status, text } = await sendExactly(url, { path: `/message/${id}`, headers: { [name]: [...values] } });
    assert.ok([200, 304, 400, 401, 415].includes(status), `${name}: ${status} ${text}`);
  }
});

for (const [name, value] of [
  ['without quotes', '1'],
  ['of nothing', '""'],
  ['of words', '"newest"'],
  ['of a huge number', '"99999999999999999999"'],
  ['of 8 KB', `"${'9'.repeat(8000)}"`],
  ['out of shape', '"1'],
] as const) {
  const headers = { ...AUTHORIZED, 'if-match': value };
  attack(`If-Match ${name}`, { method: 'PUT', path: `/message/${id}`, headers, body: '{"text":"x"}' }, [400, 412]);
  attack(
    `If-Match ${name}, deleting`,
    { method: 'DELETE', path: `/message/${id}`, headers: { ...headers } },
    [400, 412],
  );
}

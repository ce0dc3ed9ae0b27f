import assert from 'node:assert/strict';
import test from 'node:test';
import type { LimitSettings } from '../src/http/limits/table.ts';
import type { Answer, Person } from './support/api.ts';
import { countAllowed, from, HOUR, MINUTE, startLimited } from './support/limited.ts';
import { assertProblem } from './support/problem.ts';
import { sendRaw } from './support/raw-socket.ts';
import { startTestServer, type TestServer } from './support/server.ts';

for (const [name, limits, ask, amount, wait] of [
  ['messages', {}, ({ api }, kitten) => api.post('/message', { text: 'Hi!' }, { as: kitten }), 120, MINUTE],
  [
    'messages, edited',
    { messages: '3/min' },
    ({ api }, kitten) => api.call('PUT', '/message/1', { json: { text: 'Ho!' }, as: kitten }),
    3,
    MINUTE,
  ],
  ['reads', {}, ({ api }) => api.get('/messages?limit=1'), 1200, MINUTE],
  ['reads by HEAD', { reads: '10/min' }, ({ api }) => api.call('HEAD', '/user/kitten'), 10, MINUTE],
  ['reads of what is not there', { reads: '10/min' }, ({ api }) => api.get('/message/99'), 10, MINUTE],
  ['reads of what is badly encoded', { reads: '10/min' }, ({ api }) => api.get('/user/%ff'), 10, MINUTE],
  ['reads of pages for people', { reads: '10/min' }, ({ api }) => api.get('/docs/'), 10, MINUTE],
  ['polls', { reads: '10/min' }, ({ api }) => api.get('/stream?poll=1'), 10, MINUTE],
  ['reads by QUERY', { reads: '10/min' }, ({ api }) => api.call('QUERY', '/messages', { json: {} }), 10, MINUTE],
  [
    'messages, as set',
    { messages: '3/s' },
    ({ api }, kitten) => api.post('/message', { text: 'Hi!' }, { as: kitten }),
    3,
    1000,
  ],
  [
    'messages, allowed none',
    { messages: '0/min' },
    ({ api }, kitten) => api.post('/message', { text: 'Hi!' }, { as: kitten }),
    0,
    0,
  ],
] satisfies [
  string,
  LimitSettings,
  (server: TestServer, kitten: Person) => Promise<Answer<unknown>>,
  number,
  number,
][]) {
  test(`${amount} ${name} are allowed, and again after a while`, async (t) => {
    const server = await startLimited(t, limits);
    const kitten = await server.api.signUp('kitten');
    assert.equal(await countAllowed(amount + 1, () => ask(server, kitten)), amount);
    server.clock.ms += wait - 1;
    assert.equal(await countAllowed(1, () => ask(server, kitten)), 0);
    server.clock.ms += 1;
    assert.equal(await countAllowed(amount + 1, () => ask(server, kitten)), amount);
  });
}

test('a user has the same messages left wherever they come from, and others have their own', async (t) => {
  const { api } = await startLimited(t, { messages: '2/min' });
  const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
  const say = (as: Person, address: string) => api.post('/message', { text: 'Hi!' }, { as, ...from(address) });
  const answers = [await say(kitten, '10.0.0.1'), await say(kitten, '10.0.0.2'), await say(kitten, '10.0.0.3')];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 429],
  );
  assert.equal((await say(puppy, '10.0.0.3')).status, 201);
});

test('an answer says what is left, in structured fields', async (t) => {
  const { api, clock } = await startLimited(t, { messages: '2/min' });
  const kitten = await api.signUp('kitten');
  const say = async () => {
    const { headers } = await api.post('/message', { text: 'Hi!' }, { as: kitten });
    return ['ratelimit-policy', 'ratelimit', 'retry-after'].map((name) => headers.get(name));
  };
  assert.deepEqual(await say(), ['"messages";q=2;w=60', '"messages";r=1;t=60', null]);
  clock.ms += 20_500;
  assert.deepEqual(await say(), ['"messages";q=2;w=60', '"messages";r=0;t=40', null]);
  assert.deepEqual(await say(), ['"messages";q=2;w=60', '"messages";r=0;t=40', '40']);

  const { headers } = await api.get('/messages');
  assert.deepEqual(headers.get('ratelimit-policy'), '"reads";q=1200;w=60');
  assert.match(headers.get('ratelimit') ?? '', /^"reads";r=11\d\d;t=60$/);
});

test('each message of a bulk counts, but of one that is refused a single one', async (t) => {
  const { api, clock } = await startLimited(t, { messages: '10/min' });
  const kitten = await api.signUp('kitten');
  const bulk = async (count: number, text = 'Hi!') => {
    const drafts = new Array(count).fill({ text });
    const { status, headers } = await api.post('/messages', drafts, { as: kitten });
    return [status, headers.get('ratelimit')?.match(/r=\d+/)?.[0], headers.get('retry-after')];
  };
  assert.deepEqual(await bulk(4), [201, 'r=6', null]);
  assert.deepEqual(await bulk(4, ''), [400, 'r=5', null]);
  assert.deepEqual(await bulk(5), [201, 'r=0', null]);
  assert.deepEqual(await bulk(1), [429, 'r=0', '60']);
  clock.ms += MINUTE;
  assert.deepEqual(await bulk(10), [201, 'r=0', null]);
  clock.ms += MINUTE;
  // No wait would help.
  assert.deepEqual(await bulk(11), [413, 'r=9', null]);
  assert.deepEqual(await bulk(9), [201, 'r=0', null]);
});

test('a body that cannot be read counts as a message', async (t) => {
  const { api } = await startLimited(t, { messages: '3/min' });
  const kitten = await api.signUp('kitten');
  const ask = () =>
    api.call('POST', '/messages', { as: kitten, raw: '[', headers: { 'content-type': 'application/json' } });
  const answers = [await ask(), await ask(), await ask(), await ask()];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400, 400, 429],
  );
});

test('10 sign-ups an hour come from an address; those that fail do not count', async (t) => {
  const { api, clock } = await startLimited(t);
  let count = 0;
  const signUp = (address = '10.0.0.1') =>
    api.post('/user', { username: `cat${++count}`, password: 'yarn' }, from(address));
  await signUp('10.0.0.9');
  for (let n = 0; n < 20; n++) {
    assert.equal((await api.post('/user', { username: 'cat1', password: 'yarn' }, from('10.0.0.1'))).status, 409);
    assert.equal((await api.post('/user', { username: 'dog', password: 'x' }, from('10.0.0.1'))).status, 400);
  }
  assert.equal(await countAllowed(11, () => signUp()), 10);
  assert.equal((await signUp('10.0.0.2')).status, 201);
  clock.ms += HOUR;
  assert.equal((await signUp()).status, 201);
});

test('the operator signs up as many as come', async (t) => {
  const operatorToken = 'a-secret-of-the-operator';
  const { api } = await startTestServer(t, { operatorToken, limits: { signups: '1/hour' } });
  const headers = { authorization: `Bearer ${operatorToken}` };
  for (let n = 1; n <= 3; n++)
    assert.equal((await api.post('/user', { username: `cat${n}` }, { headers })).status, 201);
});

for (const [one, other, isSame] of [
  ['10.0.0.1', '10.0.0.2', false],
  ['10.0.0.1', '::ffff:10.0.0.1', true],
  ['10.0.0.1', '10.0.0.1:41234', true],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['2001:db8:1:2::1', '2001:DB8:0001:0002:0::9', true],
  ['2001:db8:1:2::1', '[2001:db8:1:2::1]:443', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::1', '2001:db8:0:1::1', false],
  ['::1', '::2', true],
  ['fe80::1%eth0', 'fe80::2', true],
  ['64:ff9b::10.0.0.1', '64:ff9b::10.0.0.2', true],
  ['no address', 'unknown', true],
] as const) {
  test(`${one} and ${other} are ${isSame ? 'one address' : 'two addresses'}`, async (t) => {
    const { api } = await startLimited(t, { reads: '1/min' });
    assert.equal((await api.get('/messages', from(one))).status, 200);
    assert.equal((await api.get('/messages', from(other))).status, isSame ? 429 : 200);
  });
}

test('an address is believed of trusted proxies only, and the log warns once of others', async (t) => {
  const log: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => log.push(line) > 0);
  const { api } = await startTestServer(t, { limits: { reads: '2/min' }, trustProxy: ['10.0.0.0/8'] });
  const answers: Answer<unknown>[] = [];
  for (let n = 1; n <= 3; n++) answers.push(await api.get('/messages', from(`192.0.2.${n}`)));

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 429],
  );
  const warnings = log.filter((line) => line.includes('X-Forwarded-For'));
  assert.equal(warnings.length, 1, log.join(''));
  assert.match(warnings[0] ?? '', /127\.0\.0\.1.*--trust-proxy/);
});

test('of a trusted proxy the log warns nobody, not even where the client is on its machine', async (t) => {
  const log: string[] = [];
  t.mock.method(process.stderr, 'write', (line: string) => log.push(line) > 0);
  const { api } = await startTestServer(t, { trustProxy: ['127.0.0.1'] });
  assert.equal((await api.get('/topics', from('127.0.0.1'))).status, 200);
  assert.deepEqual(log, []);
});

test('of a chain of proxies, the last one that is not ours counts', async (t) => {
  const { api } = await startLimited(t, { reads: '1/min' });
  assert.equal((await api.get('/messages', from('203.0.113.1, 192.0.2.1'))).status, 200);
  assert.equal((await api.get('/messages', from('203.0.113.2, 192.0.2.1'))).status, 429);
  assert.equal((await api.get('/messages', from('192.0.2.1, 203.0.113.3'))).status, 200);
});

test('probes are never refused', async (t) => {
  const { api } = await startLimited(t, { reads: '0/min' });
  for (const path of ['/health', '/health/live', '/health/ready']) assert.equal((await api.get(path)).status, 200);
  assertProblem(await api.get('/messages'), 429);
});

test('off is off', async (t) => {
  const { api } = await startLimited(t, { messages: 'off', reads: '1/min' });
  const kitten = await api.signUp('kitten');
  const answer = await api.post('/message', { text: 'Hi!' }, { as: kitten });
  assert.deepEqual([answer.status, answer.headers.get('ratelimit')], [201, null]);
});

test('10,000 addresses are remembered and no more, so memory has a bound', async (t) => {
  const { api, url } = await startLimited(t, { reads: '1/min' });
  const ask = (address: string, more = '') =>
    `GET /message/1 HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n${more}\r\n`;
  const addresses = Array.from({ length: 10_001 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
  const received = await sendRaw(
    url,
    `${addresses.map((one) => ask(one)).join('')}${ask('10.2.0.1', 'Connection: close\r\n')}`,
  );
  assert.equal(received.match(/HTTP\/1\.1 404 /g)?.length, 10_002);

  assertProblem(await api.get('/message/1', from(addresses.at(-1) ?? '')), 429);
  assertProblem(await api.get('/message/1', from(addresses.at(2) ?? '')), 429);
  assertProblem(await api.get('/message/1', from(addresses.at(0) ?? '')), 404);
});

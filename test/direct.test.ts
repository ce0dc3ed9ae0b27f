/**
 * What is answered past the framework is answered as the routes would: each request is sent first by a connection, which is past Node's
 * server as well, then second, and with a cookie.
 */
import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { basic } from './support/api.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { startTestServer } from './support/server.ts';

const operatorToken = 'a-token-of-the-operator';

const { api, url } = await startTestServer(test, { operatorToken, now: () => 1_000_000_000_000 });
const limited = await startTestServer(test, { limits: { messages: '1/min', reads: '1/min' }, now: () => 0 });
const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
await limited.api.signUp('kitten');
await limited.api.say(kitten, 'The only one of this minute.');
assert.equal((await limited.api.get('/message/1')).status, 200);
const { token } = await api.logIn(kitten);
const open = await api.say(kitten, 'For all.');
const secret = await api.say(kitten, { text: 'For one.', to: ['puppy'] });

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly to?: string;
}

/** No plain request: its connection is the server's from then on. */
const ODD: Sent = { method: 'GET', path: '/health/live' };
const JSON_TYPE = { 'content-type': 'application/json' };
const asKitten = { authorization: basic(kitten) };
const post = (body: unknown, headers: Sent['headers'] = asKitten): Sent => ({
  method: 'POST',
  path: '/message',
  headers: { ...JSON_TYPE, ...headers },
  body: Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body),
});
const get = (id: number | string, headers: Sent['headers'] = {}): Sent => ({
  method: 'GET',
  path: `/message/${id}`,
  headers,
});
const list = (search: string, headers: Sent['headers'] = {}): Sent => ({
  method: 'GET',
  path: `/messages${search}`,
  headers,
});

for (const [name, sent, status] of [
  ['a message', post({ text: 'Purr 🐈', topics: ['cats'], data: { lines: 'a\nb\u2028c' } }), 201],
  ['a message for one', post({ text: 'Psst', to: ['puppy'] }), 201],
  ['a message by the token of a session', post({ text: 'Purr' }, { authorization: `Bearer ${token}` }), 201],
  ['nobody’s message', post({ text: 'Purr' }, {}), 401],
  ['a wrong password', post({ text: 'Purr' }, { authorization: basic({ ...kitten, password: 'x' }) }), 401],
  ['a token that is none', post({ text: 'Purr' }, { authorization: 'Bearer nothing' }), 401],
  ['credentials that are none', post({ text: 'Purr' }, { authorization: 'Digest nothing' }), 401],
  ['the operator’s message', post({ text: 'Purr' }, { authorization: `Bearer ${operatorToken}` }), 403],
  ['what is not JSON', post('{"text": '), 400],
  ['what is not UTF-8', post(Buffer.from([0x22, 0xff, 0x22])), 400],
  ['a list', post([]), 400],
  ['a field that nobody knows', post({ text: 'Purr', colour: 'red' }), 400],
  ['an answer to nothing', post({ text: 'Purr', replyTo: 999_999 }), 400],
  ['another type', post('text=Purr', { ...asKitten, 'content-type': 'text/plain' }), 415],
  ['a body beyond bounds', post({ text: 'x'.repeat(70_000) }), 413],
  ['another name for this machine', post({ text: 'Purr' }, { ...asKitten, host: 'elsewhere.example' }), 421],
  ['a message that is there', get(open.id), 200],
  ['a message that is not there', get(999_999), 404],
  ['a message that cannot be there', get('999999999999999'), 404],
  ['a message that is not for nobody', get(secret.id), 404],
  ['a message for whom it is for', get(secret.id, { authorization: basic(puppy) }), 200],
  ['a message, by a wrong password', get(open.id, { authorization: basic({ ...kitten, password: 'x' }) }), 401],
  ['the first page', list(''), 200],
  ['a page that leads to the next', list('?limit=1'), 200],
  ['a page between two', list('?limit=1&order=desc&offset=1'), 200],
  ['a page of what one may see', list('?after=1&order=desc', { authorization: basic(puppy) }), 200],
  ['the threads that are active', list('?order=active&before=999999999999999'), 200],
  ['a page of a topic', list('?topic=cats&limit=5'), 200],
  ['no page', list('?limit=0'), 400],
  ['too large a page', list('?limit=101'), 400],
  ['a page too far', list('?offset=10001'), 400],
  ['an order that is none', list('?order=up'), 400],
  ['two sizes of a page', list('?limit=1&limit=2'), 400],
  ['a mark that is none', list('?after='), 400],
  ['a page of what nobody knows', list('?colour=red'), 400],
  ['parameters that are none', list('?'), 200],
  ['a page, by a wrong password', list('', { authorization: basic({ ...kitten, password: 'x' }) }), 401],
  ['one message too many', { ...post({ text: 'Purr' }), to: limited.url }, 429],
  ['one read too many', { ...get(1), to: limited.url }, 429],
  ['one page too many', { ...list(''), to: limited.url }, 429],
] as const) {
  test(`${name} is answered alike, ${status}`, async () => {
    const first = await answerTo(sent);
    const second = await answerTo(ODD, sent);
    const odd = await answerTo({ ...sent, headers: { ...sent.headers, cookie: 'a=b' } });
    assert.equal(first.status, status, first.body);
    assert.deepEqual(first, odd);
    assert.deepEqual(second, odd);
  });
}

test('a connection is logged in for as long as its credentials hold', async (t) => {
  const agent = oneConnection(t);
  const before = { username: 'changing', password: 'before' };
  const after = { ...before, password: 'after' };
  await api.signUp(before.username, before);
  const statusOf = async (person: typeof before) =>
    (await answerBy(agent, post({ text: 'Purr' }, { authorization: basic(person) }))).status;

  assert.deepEqual([await statusOf(before), await statusOf(before)], [201, 201]);
  const change = { password: after.password, currentPassword: before.password };
  assert.equal((await api.patch('/user', change, { as: before })).status, 200);
  assert.deepEqual([await statusOf(before), await statusOf(after), await statusOf(before)], [401, 201, 401]);

  const ban = { headers: { authorization: `Bearer ${operatorToken}` } };
  assert.equal((await api.patch('/user/changing', { banned: true }, ban)).status, 200);
  assert.equal(await statusOf(after), 401);
});

test('many kinds of people may share a connection', async (t) => {
  const agent = oneConnection(t);
  for (const person of [kitten, puppy, kitten, puppy]) {
    const { body } = await answerBy(agent, post({ text: 'Me' }, { authorization: basic(person) }));
    assert.equal(JSON.parse(body).user.username, person.username);
  }
});

test('behind a proxy that is trusted, people are told apart', async (t) => {
  const behind = await startTestServer(t, { trustProxy: ['127.0.0.0/8'], limits: { reads: '1/min' }, now: () => 0 });
  const statuses: (number | undefined)[] = [];
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.3, 192.0.2.2', '192.0.2.3, 127.0.0.9']) {
    const { status } = await answerTo({ ...list('', { 'x-forwarded-for': address }), to: behind.url });
    statuses.push(status);
  }
  assert.deepEqual(statuses, [200, 200, 429, 429, 200]);
});

/** One connection and no other, so that nothing is sent with it that was not asked for. */
function oneConnection(scope: Scope): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  atEnd(scope, () => agent.destroy());
  return agent;
}

/** The answer to the last of these, which come one after the other by one connection. */
async function answerTo(...asked: readonly [Sent, ...Sent[]]) {
  const [first, ...others] = asked.map((sent) => ({ ...sent, to: asked.at(-1)?.to ?? url }));
  assert.ok(first);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    let answer = await answerBy(agent, first);
    for (const sent of others) answer = await answerBy(agent, sent);
    return answer;
  } finally {
    agent.destroy();
  }
}

/** What every message has of its own is left out. */
async function answerBy(agent: Agent, { method, path, headers, body, to = url }: Sent) {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const asked = request(to + path, { method, agent, headers: { ...length, ...headers } });
  asked.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    asked.on('response', resolve).on('error', reject),
  );
  // The framework hangs up on some whose body it could not read; there is no need to.
  const { date, etag, location, connection, 'content-length': size, 'keep-alive': _, ...rest } = response.headers;
  const answer = await text(response);
  assert.ok(date);
  assert.ok(connection);
  assert.equal(Number(size), Buffer.byteLength(answer));
  return {
    status: response.statusCode,
    headers: { ...rest, etag: typeof etag, location: location?.replace(/\d+$/, 'N') },
    body: answer.replaceAll(/"(id|seq|thread)":\d+/g, '"$1":0'),
  };
}

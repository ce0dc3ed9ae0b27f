import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import fastify from 'fastify';
import { msgboard, openBoard } from '../src/index.ts';
import type { CurrentSession, Session } from '../src/model/session.ts';
import { Api, basic, bearer, type Person } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { DAY, MINUTE, TestClock } from './support/clock.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const clock = new TestClock();
const { api, database } = await startTestServer(test, { now: clock.now });
const kitten = await api.signUp('kitten', { bio: 'A cute ittle kitten.' });
const puppy = await api.signUp('puppy', { password: 'bone' });
const [profile, { id: posted }] = [(await api.get('/user/kitten')).body, await api.say(kitten, 'I love kittens!')];

const whoAmI = (headers: Readonly<Record<string, string>>) => api.get<CurrentSession>('/session', { headers });
/** The cookie that an answer sets, as a browser sends it back. */
const cookieIn = (answer: { readonly headers: Headers }) =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const openByCookie = async (person: Person) => ({ cookie: cookieIn(await api.post('/session', person)) });

for (const [name, log] of [
  ['by Basic', () => api.call<Session>('POST', '/session', { as: kitten })],
  ['by Basic and an empty object', () => api.post<Session>('/session', {}, { as: kitten })],
  ['by name and password', () => api.post<Session>('/session', kitten)],
  ['in other letters', () => api.post<Session>('/session', { ...kitten, username: 'KITTEN' })],
] as const) {
  test(`logging in ${name} gives a token that does all that its user may`, async () => {
    const { status, body, headers, text } = await log();
    assert.equal(status, 201, text);
    assert.deepEqual(Object.keys(body), ['token', 'expires', 'user']);
    assert.deepEqual(body.user, profile);
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.match(body.token, /^msgboard_session_[\w-]{43}$/);
    assert.ok(Math.abs(Date.parse(body.expires) - clock.now() - 30 * DAY) < MINUTE, body.expires);

    const as = { headers: bearer(body.token) };
    const message = await api.post<{ id: number; user: { username: string } }>(
      '/message',
      { text: 'Hi!', to: ['kitten'] },
      as,
    );
    assert.deepEqual([message.status, message.body.user.username], [201, 'kitten']);
    assert.equal((await api.get(`/message/${message.body.id}`, as)).status, 200);
    assert.deepEqual((await whoAmI(as.headers)).body, { user: profile, expires: body.expires });
  });
}

test('two log-ins are two tokens', async () => {
  assert.notEqual((await api.logIn(kitten)).token, (await api.logIn(kitten)).token);
});

test('the database knows no token, only its hash', async () => {
  const { token } = await api.logIn(kitten);
  await whoAmI(bearer(token));
  const secret = token.slice(-43);
  for (const file of [database.file, `${database.file}-wal`]) assert.ok(!(await readFile(file)).includes(secret), file);
});

for (const [name, json, status, path] of [
  ['a wrong password', { ...kitten, password: 'wool' }, 401],
  ['a name that nobody has', { username: 'nobody', password: 'yarn' }, 401],
  ['a name alone', { username: 'kitten' }, 400, 'password'],
  ['a password alone', { password: 'yarn' }, 400, 'username'],
  ['nothing', {}, 401],
  ['a field that is not known', { ...kitten, moderator: true }, 400, 'moderator'],
  ['a name that is no text', { username: 1, password: 'yarn' }, 400, 'username'],
  ['a filter of no stream', { ...kitten, filter: { topic: ['pets'] } }, 400, 'filter'],
  ['a list', [], 400],
] as const) {
  test(`logging in with ${name} is refused`, async () => {
    const answer = await api.post('/session', json);
    assertProblem(answer, status, path);
    assert.equal(answer.headers.get('set-cookie'), null);
  });
}

test('a wrong password and an unknown name are answered alike', async () => {
  const known = await api.post('/session', { ...kitten, password: 'wool' });
  const unknown = await api.post('/session', { username: 'kittens', password: 'wool' });
  assert.deepEqual([known.status, known.text], [unknown.status, unknown.text]);
});

test('whoever is known already leaves the name out', async () => {
  assertProblem(await api.post('/session', puppy, { as: kitten }), 400, 'username');
});

test('a session opens no other one, so that it ends when it should', async () => {
  const { token } = await api.logIn(kitten);
  assertProblem(await api.post('/session', {}, { headers: bearer(token) }), 403);
});

test('Basic credentials are no session', async () => {
  assert.deepEqual((await api.get<CurrentSession>('/session', { as: kitten })).body, { user: profile, expires: null });
  assertProblem(await api.delete('/session', { as: kitten }), 400, 'all');
});

test('nobody has no session', async () => {
  assertProblem(await api.get('/session'), 401);
  assertProblem(await api.delete('/session'), 401);
});

test('a browser gets a cookie that scripts cannot read and other sites cannot use', async () => {
  const answer = await api.post<Session>('/session', kitten);
  const [pair, ...attributes] = (answer.headers.get('set-cookie') ?? '').split('; ');
  assert.equal(pair, `msgboard_session=${answer.body.token}`);
  const expires = new Date(answer.body.expires).toUTCString();
  assert.deepEqual(attributes.sort(), [`Expires=${expires}`, 'HttpOnly', 'Path=/', 'SameSite=Lax']);
});

for (const [claim, trustProxy, origins, isSecure] of [
  ['a trusted proxy says so', true, [], true],
  ['anybody says so', false, [], false],
  ['it is an origin of the board', false, ['https://chat.example'], true],
  ['another name is one', false, ['http://chat.example', 'https://board.example'], false],
] as const) {
  test(`over HTTPS, when ${claim}, the cookie is ${isSecure ? '' : 'not '}Secure, and named after its board`, async (t) => {
    const board = await openBoard('sqlite::memory:');
    const app = fastify({ trustProxy });
    await app.register(msgboard, { board, prefix: '/board', origins });
    atEnd(t, async () => {
      await app.close();
      await board.close();
    });
    const hosted = new Api(`${await app.listen({ port: 0, host: '127.0.0.1' })}/board`);
    const answer = await app.inject({
      method: 'POST',
      url: '/board/session',
      headers: { 'x-forwarded-proto': 'https', ...(origins.length > 0 && { host: 'chat.example' }) },
      payload: await hosted.signUp('kitten'),
    });

    const [pair = '', ...attributes] = String(answer.headers['set-cookie']).split('; ');
    assert.equal(attributes.includes('Secure'), isSecure);
    assert.match(pair, /^msgboard_session_board=msgboard_session_/);
    assert.equal((await hosted.get('/session', { headers: { cookie: pair } })).status, 200);
  });
}

test('the cookie is as good as the token', async () => {
  const headers = await openByCookie(kitten);
  assert.deepEqual((await whoAmI({ cookie: `theme=dark; ${headers.cookie}; a=b` })).body.user, profile);
  assert.equal((await api.post('/message', { text: 'Hi!' }, { headers })).status, 201);
});

test('the Authorization header goes before the cookie', async () => {
  const { cookie } = await openByCookie(kitten);
  assert.equal((await whoAmI({ cookie, authorization: basic(puppy) })).body.user.username, 'puppy');
  assert.equal((await whoAmI({ cookie, ...bearer((await api.logIn(puppy)).token) })).body.user.username, 'puppy');
  assertProblem(await whoAmI({ cookie, authorization: basic({ ...puppy, password: 'wool' }) }), 401);
  assertProblem(await whoAmI({ cookie, ...bearer('nonsense') }), 401);
});

test('whatever is refused because the session of a cookie has ended takes the cookie back', async () => {
  const headers = await openByCookie(kitten);
  await api.delete('/session', { headers });
  for (const answer of [
    await api.get('/messages', { headers }),
    await api.get('/stream', { headers }),
    await api.post('/user', { username: 'newcomer', password: 'yarn' }, { headers }),
  ]) {
    assertProblem(answer, 401);
    assert.match(answer.headers.get('set-cookie') ?? '', /^msgboard_session=; .*Expires=Thu, 01 Jan 1970/);
  }
  for (const answer of [
    await api.get('/messages', { headers: { ...headers, authorization: 'Bearer nonsense' } }),
    await api.get('/user', { headers: { authorization: 'Bearer nonsense' } }),
    await api.get('/user'),
    await api.post('/session', { ...kitten, password: 'wool' }, { headers: await openByCookie(kitten) }),
  ]) {
    assertProblem(answer, 401);
    assert.equal(answer.headers.get('set-cookie'), null);
  }
});

test('whoever deletes their account by a cookie gives it back', async () => {
  const headers = await openByCookie(await api.signUp('moth'));
  const answer = await api.delete('/user', { headers });
  assert.equal(answer.status, 204);
  assert.match(answer.headers.get('set-cookie') ?? '', /^msgboard_session=; /);
});

test('logging in anew works beside an old cookie', async () => {
  const headers = await openByCookie(kitten);
  await api.delete('/session', { headers });
  const again = await api.post<Session>('/session', puppy, { headers });
  assert.deepEqual([again.status, again.body.user.username], [201, 'puppy']);
});

test('logging out ends one session and takes its cookie back', async () => {
  const [one, other] = [await openByCookie(kitten), await openByCookie(kitten)];
  const answer = await api.delete('/session', { headers: one });
  assert.deepEqual([answer.status, answer.text], [204, '']);
  assert.match(answer.headers.get('set-cookie') ?? '', /^msgboard_session=; .*Expires=Thu, 01 Jan 1970/);

  for (const path of ['/session', '/messages', `/message/${posted}`, '/stream']) {
    assertProblem(await api.get(path, { headers: one }), 401);
  }
  assertProblem(await api.post('/message', { text: 'Hi!' }, { headers: one }), 401);
  assert.equal((await whoAmI(other)).status, 200);
  assert.equal((await api.get('/session', { as: kitten })).status, 200);
});

test('who asks with the cookie of a session that has ended is rid of it', async () => {
  const headers = await openByCookie(kitten);
  await api.delete('/session', { headers });
  assert.match((await whoAmI(headers)).headers.get('set-cookie') ?? '', /^msgboard_session=;/);
});

for (const [name, credentials] of [
  ['a session', async () => ({ headers: bearer((await api.logIn(puppy)).token) })],
  ['a password', async () => ({ as: puppy })],
] as const) {
  test(`logging out everywhere by ${name} ends all sessions of this user alone`, async () => {
    const sessions = [await api.logIn(puppy), await api.logIn(puppy)];
    const bystander = await api.logIn(kitten);
    assert.equal((await api.delete('/session?all=1', await credentials())).status, 204);

    for (const { token } of sessions) assertProblem(await whoAmI(bearer(token)), 401);
    assert.equal((await whoAmI(bearer(bystander.token))).status, 200);
    assert.equal((await whoAmI(bearer((await api.logIn(puppy)).token))).status, 200);
  });
}

for (const all of ['2', 'yes', '']) {
  test(`all=${all} is refused`, async () => {
    assertProblem(await api.delete(`/session?all=${all}`, { as: puppy }), 400, 'all');
  });
}

test('a session ends after 30 days', async () => {
  const { token } = await api.logIn(kitten);
  clock.advance(30 * DAY - MINUTE);
  assert.equal((await whoAmI(bearer(token))).status, 200);
  clock.advance(MINUTE);
  assertProblem(await whoAmI(bearer(token)), 401);
});

test('one session more than a hundred ends the oldest', async () => {
  const cat = await api.signUp('cat');
  const sessions: Session[] = [];
  for (let n = 0; n < 101; n += 1) sessions.push(await api.logIn(cat));
  const states = await Promise.all(sessions.map(async ({ token }) => (await whoAmI(bearer(token))).status));
  assert.deepEqual(states, [401, ...Array<number>(100).fill(200)]);
});

for (const [name, token] of [
  ['made up', `msgboard_session_${'a'.repeat(43)}`],
  ['of another kind', `msgboard_stream_${'a'.repeat(43)}`],
  ['of nobody', 'nonsense'],
  ['empty', ''],
  ['endless', 'a'.repeat(10_000)],
] as const) {
  test(`a token that is ${name} is refused as RFC 6750 says, everywhere`, async () => {
    for (const path of ['/session', '/messages', '/user/kitten', '/stream']) {
      const answer = await api.get(path, { headers: bearer(token) });
      assertProblem(answer, 401);
      assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="msgboard", error="invalid_token"');
    }
  });
}

test("a page's own fetch never makes the browser open its password pop-up, whatever the route", async () => {
  const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', cookie: 'msgboard_session=nonsense' };
  for (const [method, path] of [
    ['POST', '/session'],
    ['GET', '/session'],
    ['DELETE', '/session'],
    ['POST', '/message'],
    ['GET', '/messages'],
    ['GET', '/stream'],
    ['GET', '/stream?token=nonsense'],
    ['GET', '/user/kitten'],
  ] as const) {
    const answer = await api.call(method, path, { headers });
    assertProblem(answer, 401);
    assert.doesNotMatch(answer.headers.get('www-authenticate') ?? '', /\bBasic\b/, `${method} ${path}`);
  }
});

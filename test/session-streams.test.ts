import assert from 'node:assert/strict';
import test from 'node:test';
import fastify from 'fastify';
import { msgboard, openBoard } from '../src/index.ts';
import type { Session, SessionDraft } from '../src/model/session.ts';
import { Api, bearer, type CallOptions } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { DAY, MINUTE, TestClock } from './support/clock.ts';
import { within } from './support/eventually.ts';
import { sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const clock = new TestClock();
const { api, url, database } = await startTestServer(test, { now: clock.now });
/** Another process on the same file. */
const other = await startProgram(test, ['--port', '0', '--database', database.url]);
const kitten = await api.signUp('kitten');
const puppy = await api.signUp('puppy');

const ended = (reader: { readonly ended: Promise<'end' | 'cut'> }) => within(reader.ended, () => 'the end of a stream');
const ask = (draft: SessionDraft, as: CallOptions) => api.post<Session>('/session', { stream: true, ...draft }, as);
const streamToken = async (draft: SessionDraft, as: CallOptions): Promise<string> => {
  const answer = await ask(draft, as);
  assert.equal(answer.status, 201, answer.text);
  return answer.body.token;
};
const path = (token: string, more = '') => `/stream?token=${token}${more}`;

/** What opens a stream, and what ends it. */
const credentials = {
  'a token': async () => {
    const { token } = await api.logIn(kitten);
    return { headers: bearer(token), path: '/stream', logOut: bearer(token) };
  },
  'a cookie': async () => {
    const { token } = await api.logIn(kitten);
    const headers = { cookie: `msgboard_session=${token}` };
    return { headers, path: '/stream', logOut: headers };
  },
  "a stream's token": async () => {
    const logOut = bearer((await api.logIn(kitten)).token);
    return { headers: {}, path: path(await streamToken({}, { headers: logOut })), logOut };
  },
} as const;

for (const [name, log] of Object.entries(credentials)) {
  for (const [where, at] of [
    ['here', url],
    ['in another process', other.url],
  ] as const) {
    for (const query of ['', '?all=1']) {
      test(`logging out${query} ends a stream by ${name} ${where}, and no other`, async () => {
        const { headers, path: way, logOut } = await log();
        const reader = await openStream(at, way, { headers });
        const bystanders = await Promise.all([
          openStream(at, '/stream', { headers: bearer((await api.logIn(puppy)).token) }),
          openStream(at, '/stream'),
        ]);
        await reader.cursor();
        assert.equal((await api.delete(`/session${query}`, { headers: logOut })).status, 204);
        assert.equal(await ended(reader), 'end');

        await api.say(puppy, 'Still here?');
        for (const bystander of bystanders) {
          assert.equal((await bystander.next()).type, 'message');
          bystander.cut();
        }
        assertProblem(await new Api(at).get(way, { headers }), 401);
      });
    }
  }
}

test('logging out of one session leaves the streams of another one of this user', async () => {
  const [one, another] = [bearer((await api.logIn(kitten)).token), bearer((await api.logIn(kitten)).token)];
  const reader = await openStream(url, '/stream', { headers: another });
  const byPassword = await openStream(url, path(await streamToken({}, { as: kitten })));
  await reader.cursor();
  await byPassword.cursor();
  await api.delete('/session', { headers: one });
  await api.say(kitten, 'Still here?');
  assert.equal((await reader.next()).type, 'message');
  assert.equal((await byPassword.next()).type, 'message');
  reader.cut();
  byPassword.cut();
});

test('a stream whose token a password opened ends when its user logs out everywhere', async () => {
  const reader = await openStream(url, path(await streamToken({}, { as: kitten })));
  await reader.cursor();
  await api.delete('/session?all=1', { as: kitten });
  assert.equal(await ended(reader), 'end');
});

test('a poll that waits ends when its session does', async () => {
  const headers = bearer((await api.logIn(kitten)).token);
  const waiting = api.get('/stream?wait=60', { headers: { ...headers, accept: 'application/json' } });
  const reader = await openStream(url, '/stream', { headers });
  await reader.cursor();
  await api.delete('/session', { headers });
  assert.ok((await waiting).status > 0);
});

test("a stream's token opens what its user may see, for ten minutes, and is no cookie", async () => {
  const answer = await ask({}, { headers: bearer((await api.logIn(kitten)).token) });
  const { token, expires, user } = answer.body;
  assert.equal(user.username, 'kitten');
  assert.match(token, /^msgboard_stream_[\w-]{43}$/);
  assert.ok(Math.abs(Date.parse(expires) - clock.now() - 10 * MINUTE) < MINUTE, expires);
  assert.equal(answer.headers.get('set-cookie'), null);

  const [reader, again] = [await openStream(url, path(token)), await openStream(url, path(token))];
  await reader.cursor();
  await again.cursor();
  const { id } = await api.say(puppy, { text: 'Between us.', to: ['kitten'] });
  assert.deepEqual([(await reader.next()).message?.id, (await again.next()).message?.id], [id, id]);

  clock.advance(10 * MINUTE);
  assertProblem(await api.get(path(token)), 401);
  const later = await api.say(puppy, 'What is open goes on.');
  assert.equal((await reader.next()).message?.id, later.id);
  reader.cut();
  again.cut();
});

test("a stream's token is opened by name and password too, and polls", async () => {
  const { token } = await api.logIn(kitten, { stream: true });
  const poll = await api.get<unknown[]>(path(token, '&poll=1&after=0&limit=1'), {
    headers: { accept: 'application/json' },
  });
  assert.deepEqual([poll.status, poll.body.length], [200, 1]);
});

test("a stream's token is accepted nowhere else", async () => {
  const token = await streamToken({}, { as: kitten });
  const { id } = await api.say(kitten, 'I love kittens!');
  for (const headers of [bearer(token), { cookie: `msgboard_session=${token}` }]) {
    for (const [method, to] of [
      ['GET', '/messages'],
      ['GET', '/stream'],
      ['GET', '/session'],
      ['POST', '/session'],
      ['DELETE', '/session'],
      ['POST', '/message'],
      ['DELETE', `/message/${id}`],
    ] as const) {
      assertProblem(await api.call(method, to, { headers }), 401);
    }
  }
  for (const to of ['/messages', `/message/${id}`, '/session', '/user/kitten']) {
    assertProblem(await api.get(`${to}?token=${token}`), 400, 'token');
  }
});

for (const [name, token, status] of [
  ['a session’s', async () => (await api.logIn(kitten)).token, 401],
  ['a made up one', async () => `msgboard_stream_${'a'.repeat(43)}`, 401],
  ['a password', async () => 'yarn', 401],
  ['an empty one', async () => '', 401],
  ['two of them', async () => `${await streamToken({}, { as: kitten })}&token=x`, 400],
] as const) {
  test(`${name} in a URL is refused`, async () => {
    assertProblem(await api.get(path(await token())), status);
  });
}

test('a token belongs into the URL, not into a body', async () => {
  const body = JSON.stringify({ token: await streamToken({}, { as: kitten }), poll: 1, after: 0 });
  const headers = { 'content-type': 'application/json' };
  assertProblem(await sendExactly(url, { path: '/stream', headers, body }), 400, 'token');
});

const filter = { topic: ['pets', 'lobby'], user: ['kitten'] };
for (const [name, query, status] of [
  ['left out', '', 200],
  ['repeated', '&topic=pets&topic=lobby&user=kitten', 200],
  ['repeated in another order', '&topic=lobby&topic=pets', 200],
  ['narrower', '&topic=pets', 403],
  ['another', '&user=puppy', 403],
  ['a field more', '&thread=1', 403],
  ['wider', '&topic=pets&topic=lobby&topic=secrets', 403],
] as const) {
  test(`a token's filter that is ${name} in the request is ${status}`, async () => {
    const token = await streamToken({ filter }, { as: kitten });
    const answer = await api.get(path(token, `&poll=1&after=0${query}`));
    if (status === 200) assert.equal(answer.status, 200, answer.text);
    else assertProblem(answer, status);
  });
}

test('a filter that is bound to a token is kept to', async () => {
  const reader = await openStream(url, path(await streamToken({ filter }, { as: kitten })));
  await reader.cursor();
  await api.say(puppy, { text: 'by another', topics: ['pets'] });
  await api.say(kitten, { text: 'of another', topics: ['secrets'] });
  const { id } = await api.say(kitten, { text: 'this', topics: ['pets'] });
  assert.equal((await reader.next()).message?.id, id);
  reader.cut();
});

for (const [name, draft, field] of [
  ['of an unknown field', { colour: ['brown'] }, 'filter.colour'],
  ['by somebody whom nobody knows', { user: ['nobody'] }, 'user'],
  ['of a form that it has not', { topic: 'pets' }, 'filter.topic'],
] as const) {
  test(`a filter ${name} is refused when it is bound`, async () => {
    assertProblem(await api.post('/session', { stream: true, filter: draft }, { as: kitten }), 400, field);
  });
}

test('a stream ends when its session expires', async () => {
  const headers = bearer((await api.logIn(kitten)).token);
  clock.advance(30 * DAY - MINUTE);
  const readers = [
    await openStream(url, '/stream', { headers }),
    await openStream(url, path(await streamToken({}, { headers }))),
  ];
  for (const reader of readers) await reader.cursor();
  clock.advance(MINUTE);
  for (const reader of readers) assert.equal(await ended(reader), 'end');
});

test('a host that logs its requests logs no token of a stream', async (t) => {
  let log = '';
  const board = await openBoard('sqlite::memory:');
  const write = (line: string) => {
    log += line;
  };
  const app = fastify({ logger: { level: 'trace', stream: { write } } });
  await app.register(msgboard, { board, prefix: '/board' });
  atEnd(t, async () => {
    await app.close();
    await board.close();
  });
  const hosted = new Api(`${await app.listen({ port: 0 })}/board`);
  const { token } = await hosted.logIn(await hosted.signUp('kitten'), { stream: true });
  for (const query of [
    `token=${token}`,
    `%74oken=${token}`,
    `poll=1&token=${token}`,
    `poll=1&token=${token}&limit=0`,
  ]) {
    for (const method of ['GET', 'HEAD', 'QUERY']) await hosted.call(method, `/stream?poll=1&${query}`);
  }
  assert.match(log, /\/board\/stream/);
  assert.ok(!log.includes(token.slice(-43)), log);
});

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import fastify from 'fastify';
import { msgboard, openBoard } from '../src/index.ts';
import type { Answer } from './support/api.ts';
import { type Cast, castByPassword, castBySession, operatorToken, ROLES, type Role } from './support/cast.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

/** What a row is tried on: a message, to whom; somebody to be changed, who may be a moderator; the one who asks. */
type Target = 'public' | 'private' | 'note' | 'reply' | 'person' | 'another moderator' | 'self' | null;

/** `:id`, `:idOrName` and `:new` stand for the target and for a name that nobody has. The verdicts are in the order of ROLES. */
type Row = readonly [
  request: string,
  target: Target,
  json: unknown,
  verdicts: string,
  headers?: Readonly<Record<string, string>>,
];

const text = { text: 'Meow.' };
const reply = { text: 'Meow?', replyTo: ':id' };
const stale = { 'if-match': '"999999"' };
const cached = { 'if-none-match': '*' };
/** Built by `npm ci`, unless it was told to run nothing. */
const page = ` ${existsSync('dist/web') ? 200 : 404}`.repeat(ROLES.length);
const login = { username: 'author', password: 'yarn' };

const table: readonly Row[] = [
  //                                          nobody other author recipient moderator sightless banned operator
  ['GET /', null, null, '                       200   200   200    200       200       200       200    200'],
  ['GET /openapi.json', null, null, '           200   200   200    200       200       200       200    200'],
  ['GET /client.js', null, null, page],
  ['GET /web/board.css', null, null, page],
  ['GET /docs', null, null, '                   200   200   200    200       200       200       200    200'],
  ['GET /docs/json', null, null, '              200   200   200    200       200       200       200    200'],
  ['GET /docs/yaml', null, null, '              200   200   200    200       200       200       200    200'],
  ['GET /docs/static/*', null, null, '          200   200   200    200       200       200       200    200'],
  ['GET /docs/static/index.html', null, null, ' 302   302   302    302       302       302       302    302'],
  ['GET /docs/static/swagger-initializer.js', null, null, '200 200 200 200    200       200       200    200'],
  ['GET /health', null, null, '                 200   200   200    200       200       200       200    200'],
  ['GET /health/live', null, null, '            200   200   200    200       200       200       200    200'],
  ['GET /health/ready', null, null, '           200   200   200    200       200       200       200    200'],
  ['GET /metrics', null, null, '                200   200   200    200       200       200       200    200'],

  ['POST /user', null, { username: ':new', password: 'yarn' }, '201 201 201 201 201     201       401    201'],
  ['POST /user', null, { username: ':new' }, '  400   400   400    400       400       400       401    201'],
  ['GET /user', null, null, '                   401   200   200    200       200       200       401    403'],
  ['GET /user/:idOrName', 'person', null, '     200   200   200    200       200       200       401    200'],
  ['GET /users', null, null, '                  200   200   200    200       200       200       401    200'],
  ['GET /users?user=:idOrName', 'person', null, '200  200   200    200       200       200       401    200'],
  ['PATCH /user', null, { bio: 'A cat.' }, '    401   200   200    200       200       200       401    403'],
  ['PATCH /user', null, { bio: null }, '        401   200   200    200       200       200       401    403'],
  ['PATCH /user', null, { password: 'wool', currentPassword: 'wrong' }, '401 403 403 403 403 403 401    403'],
  ['DELETE /user', 'self', null, '              401   204   204    204       204       204       401    403'],
  ['PATCH /user/:idOrName', 'person', { banned: true }, '401 403 403 403     200       200       401    200'],
  ['PATCH /user/:idOrName', 'person', { banned: false }, '401 403 403 403    200       200       401    200'],
  ['PATCH /user/:idOrName', 'person', { moderator: true }, '401 403 403 403  403       403       401    200'],
  ['PATCH /user/:idOrName', 'person', { bio: 'A dog.' }, '401 403 403 403    403       403       401    200'],
  ['PATCH /user/:idOrName', 'person', { data: {} }, '401 403 403   403       403       403       401    200'],
  ['PATCH /user/:idOrName', 'another moderator', { banned: true }, '401 403 403 403 403 403      401    200'],
  ['PATCH /user/:idOrName', 'another moderator', { moderator: false }, '401 403 403 403 403 403  401    200'],
  ['PATCH /user/nobody', null, { banned: true }, '401 404   404    404       404       404       401    404'],

  ['POST /session', null, {}, '                 401   201   201    201       201       201       401    400'],
  ['POST /session', null, { stream: true }, '   401   201   201    201       201       201       401    400'],
  ['POST /session', null, login, '              201   400   400    400       400       400       401    201'],
  ['POST /session', null, { ...login, password: 'wool' }, '401 400 400 400   400       400       401    401'],
  ['POST /session', null, { ...login, username: 'banned' }, '401 400 400     400   400       400       401    401'],
  ['POST /session', 'person', { username: ':idOrName' }, '400 400 400 400    400       400       401    201'],
  ['POST /session', null, { username: 'banned' }, '400 400 400     400       400       400       401    403'],
  ['GET /session', null, null, '                401   200   200    200       200       200       401    403'],
  ['DELETE /session', null, null, '             401   400   400    400       400       400       401    403'],
  ['DELETE /session', 'self', null, '           401   204   204    204       204       204       401    403'],
  ['DELETE /session?all=1', null, null, '       401   204   204    204       204       204       401    403'],

  ['POST /message', null, text, '               401   201   201    201       201       201       401    403'],
  ['POST /message', null, { ...text, to: ['recipient'] }, '401 201 201 201   201       201       401    403'],
  ['POST /message', 'public', reply, '          401   201   201    201       201       201       401    403'],
  ['POST /message', 'private', reply, '         401   400   201    201       201       400       401    403'],
  ['POST /message', 'note', reply, '            401   400   201    400       400       400       401    403'],
  ['POST /message', 'reply', reply, '           401   400   201    201       201       400       401    403'],
  [
    'POST /message',
    'private',
    reply,
    '         401   400   201    201       201       400       401    403',
    { 'idempotency-key': 'a' },
  ],
  ['POST /messages', null, [text, text], '      401   201   201    201       201       201       401    403'],
  ['POST /messages', 'public', [reply], '       401   201   201    201       201       201       401    403'],
  ['POST /messages', 'private', [text, reply], '401   400   201    201       201       400       401    403'],

  ['GET /message/:id', 'public', null, '        200   200   200    200       200       200       401    200'],
  ['GET /message/:id', 'private', null, '       404   404   200    200       200       404       401    404'],
  ['GET /message/:id', 'note', null, '          404   404   200    404       404       404       401    404'],
  ['GET /message/:id', 'reply', null, '         404   404   200    200       200       404       401    404'],
  ['GET /message/:id', 'public', null, '        304   304   304    304       304       304       401    304', cached],
  ['GET /message/:id', 'private', null, '       404   404   304    304       304       404       401    404', cached],

  ['PUT /message/:id', 'public', text, '        401   403   200    403       403       403       401    403'],
  ['PUT /message/:id', 'private', text, '       401   404   200    403       403       404       401    403'],
  ['PUT /message/:id', 'note', text, '          401   404   200    404       404       404       401    403'],
  ['PUT /message/:id', 'reply', text, '         401   404   200    403       403       404       401    403'],
  ['PUT /message/:id', 'private', {}, '         401   400   400    400       400       400       401    403'],
  ['PUT /message/:id', 'public', text, '        401   403   412    403       403       403       401    403', stale],
  ['PUT /message/:id', 'private', text, '       401   404   412    403       403       404       401    403', stale],

  ['DELETE /message/:id', 'public', null, '     401   403   204    403       204       204       401    204'],
  ['DELETE /message/:id', 'private', null, '    401   404   204    403       403       404       401    404'],
  ['DELETE /message/:id', 'note', null, '       401   404   204    404       404       404       401    404'],
  ['DELETE /message/:id', 'reply', null, '      401   404   204    403       403       404       401    404'],
  ['DELETE /message/:id', 'public', null, '     401   403   412    403       412       412       401    412', stale],
  ['DELETE /message/:id', 'private', null, '    401   404   412    403       403       404       401    404', stale],

  ['GET /messages', null, null, '               200   200   200    200       200       200       401    200'],
  ['GET /messages?order=active', null, null, '  200   200   200    200       200       200       401    200'],
  ['GET /messages?with=recipient', null, null, '401   200   200    200       200       200       401    403'],
  ['GET /messages?visibility=private', null, null, '200 200 200    200       200       200       401    200'],
  ['GET /messages?thread=:id', 'private', null, '200  200   200    200       200       200       401    200'],
  ['GET /messages?replyTo=:id', 'private', null, '200 200   200    200       200       200       401    200'],
  ['GET /messages?order=active&thread=:id', 'private', null, '200 200 200 200 200      200       401    200'],
  ['QUERY /messages', 'private', { thread: ':id' }, '200 200 200   200       200       200       401    200'],
  ['QUERY /messages', null, { with: ['author'] }, '401 200 200     200       200       200       401    403'],
  ['GET /topics', null, null, '                 200   200   200    200       200       200       401    200'],

  ['DELETE /messages?user=author', 'public', null, '401 403 200    403       200       200       401    200'],
  ['DELETE /messages?thread=:id', 'public', null, '401 403 403     403       200       200       401    200'],
  ['DELETE /messages?thread=:id', 'private', null, '401 403 403    403       200       200       401    200'],

  ['GET /stream?poll=1', null, null, '          200   200   200    200       200       200       401    200'],
  ['GET /stream?poll=1&after=0', 'private', null, '200 200 200     200       200       200       401    200'],
  ['GET /stream?poll=1&with=author', null, null, '401 200 200      200       200       200       401    403'],
  ['GET /stream?poll=1&after=0&thread=:id', 'private', null, '200 200 200 200 200      200       401    200'],
  ['HEAD /stream', null, null, '                200   200   200    200       200       200       401    200'],
  ['HEAD /stream?with=author', null, null, '    401   200   200    200       200       200       401    403'],
  ['GET /stream?token=msgboard_stream_made_up', null, null, '401 401 401 401 401       401       401    401'],
  ['QUERY /stream', 'private', { poll: '1', after: '0', replyTo: ':id' }, '200 200 200 200 200 200 401  200'],
  ['QUERY /stream', null, { poll: '1', with: ['author'] }, '401 200 200 200  200       200       401    403'],
];

const server = await startTestServer(test, { operatorToken });
const { api, board } = server;
const cast = await castByPassword(server);

let count = 0;

/** Makes a target of its own for each time that one is needed, and answers its id or name. */
async function make(target: Target): Promise<string> {
  count += 1;
  const { messages } = board.as('author');
  // A topic of its own begins a conversation of its own.
  const to = { topics: [`secret ${count}`], to: ['recipient', 'moderator', 'banned'] };
  switch (target) {
    case 'public':
      return `${(await messages.post({ text: 'To all.' })).id}`;
    case 'note':
      return `${(await messages.post({ text: 'To me.', to: ['author'] })).id}`;
    case 'private':
      return `${(await messages.post({ text: 'Between us.', ...to })).id}`;
    case 'reply': {
      const replyTo = (await messages.post({ text: 'Between us.', ...to })).id;
      return `${(await messages.post({ text: 'Still between us.', replyTo })).id}`;
    }
    case 'person':
    case 'another moderator': {
      const { users } = board.asOperator();
      const { username } = await users.create({ username: `moth${count}` });
      if (target === 'another moderator') await users.administer(username, { moderator: true });
      return username;
    }
    default:
      return `new${count}`;
  }
}

function ask([request, , json, , headers]: Row, target: string, as: Readonly<Record<string, string>>) {
  const fill = (given: string) =>
    given
      .replaceAll('":id"', target)
      .replaceAll(/:(?:idOrName|id|new)/g, target)
      .replace('*', 'swagger-ui.css');
  const [method = '', path = ''] = fill(request).split(' ');
  const body = json === null ? {} : { raw: fill(JSON.stringify(json)) };
  const type = json === null ? {} : { 'content-type': 'application/json' };
  return { method, path, options: { ...body, headers: { ...type, ...headers, ...as } } };
}

async function castFor(target: Target): Promise<Cast> {
  return target === 'self' ? castBySession(server, ++count) : cast;
}

const cursor = async () => (await board.as().messages.list({ limit: 1 })).cursor;

/** Whether a row asks about one message. */
function isAboutOne([request, , json]: Row): boolean {
  return /:id\b/.test(request + JSON.stringify(json));
}

/** Whether a message is there for somebody. */
function isSeen(target: Target, role: Role): boolean {
  if (target === 'note') return role === 'author';
  return target === 'public' || ['author', 'recipient', 'moderator'].includes(role);
}

/** All that an answer says, with any mention of `id` made one of no message in particular. */
function said({ status, headers, text: body }: Answer<unknown>, id: string) {
  const fields = [...headers].filter(([name]) => name !== 'date');
  return { status, fields, body: body.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), 'N') };
}

for (const row of table) {
  const [request, target, json, verdicts, headers] = row;
  const name = [request, target && `(${target})`, json && JSON.stringify(json), headers && JSON.stringify(headers)];

  test(name.filter(Boolean).join(' '), async () => {
    const wanted = verdicts.trim().split(/ +/).map(Number);
    assert.equal(wanted.length, ROLES.length);
    const people = await castFor(target);
    for (const [index, role] of ROLES.entries()) {
      const id = await make(target);
      const { method, path, options } = ask(row, id, people.headers[role]);
      const before = await cursor();
      const answer = await api.call(method, path, options);
      assert.equal(answer.status, wanted[index], `${role}: ${answer.text}`);
      if (answer.status >= 400) {
        if (method !== 'HEAD') assertProblem(answer, answer.status);
        assert.equal(await cursor(), before, `${role} is refused, and yet something has changed`);
      }
      if (method === 'GET') {
        const head = await api.call('HEAD', path, options);
        assert.deepEqual([head.status, head.text], [answer.status, ''], `HEAD for ${role}`);
      }
      if (isAboutOne(row) && !isSeen(target, role)) {
        const absent = '9'.repeat(id.length);
        const other = ask(row, absent, people.headers[role]);
        const missing = await api.call(other.method, other.path, other.options);
        assert.deepEqual(said(answer, id), said(missing, absent), `${role} can tell it from none`);
      }
    }
  });
}

test('the table has a row for each route that there is', async () => {
  const routes = new Set<string>();
  const app = fastify();
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.add(`${each} ${url}`);
  });
  const memory = await openBoard('sqlite::memory:');
  await app.register(msgboard, { board: memory });
  await app.ready();
  await app.close();
  await memory.close();
  const index = (await api.get<{ msgboard: string[] }>('/')).body.msgboard;
  for (const line of index) {
    const [url = '', ...methods] = line.split(' ').reverse();
    for (const method of methods) routes.add(`${method} ${url}`);
  }

  const tried = table.map(([request]) => request.replace(/\?.*/s, ''));
  const missing = [...routes].filter((route) => {
    // Each GET of the table is tried as a HEAD too; `/docs/` is no other page than `/docs`.
    const sample = route.replace('HEAD ', 'GET ').replace(/(?<=\w)\/$/, '');
    const form = new RegExp(`^${sample.replaceAll(/:\w+/g, '[^/]+').replace('*', '.+')}$`);
    return !tried.some((request) => form.test(request));
  });
  assert.ok(routes.size > 40, `${routes.size} routes`);
  assert.deepEqual(missing, []);
});

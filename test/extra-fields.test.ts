import assert from 'node:assert/strict';
import test from 'node:test';
import { bearer } from './support/api.ts';
import { castByPassword, operatorToken } from './support/cast.ts';
import { sendExactly } from './support/exact.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { fingerprint } from './support/unharmed.ts';

const server = await startTestServer(test, { operatorToken });
const { api, board, url } = server;
const { headers } = await castByPassword(server);
const { id } = await board.as('author').messages.post({ text: 'To all.' });

/** What would give somebody power, another's name, or the server another prototype. */
const FIELDS = ['id', 'user', 'moderator', 'banned', 'seq', 'created', '__proto__', 'constructor', 'colour'] as const;

/** Whoever may use a route, what they send with it, and which of the fields it does know; `#` is where the field goes. */
type Row = readonly [route: string, as: keyof typeof headers, body: string, known?: readonly string[], path?: string];

const rows: readonly Row[] = [
  ['POST /user', 'nobody', '{"username":"moth","password":"lamp"#}'],
  ['POST /user', 'operator', '{"username":"moth"#}'],
  ['GET /user', 'author', '{"x":null#}'],
  ['GET /user/author', 'nobody', '{"x":null#}'],
  ['PATCH /user', 'author', '{"bio":"A cat."#}'],
  ['DELETE /user', 'author', '{"x":null#}'],
  ['PATCH /user/author', 'moderator', '{"banned":true#}', ['moderator', 'banned']],
  ['PATCH /user/author', 'operator', '{"bio":"A cat."#}', ['moderator', 'banned']],
  ['GET /users', 'nobody', '{"limit":1#}', ['user']],
  ['POST /session', 'author', '{"stream":true#}'],
  ['POST /session', 'author', '{"stream":true,"filter":{"topic":["pets"]#}}', ['user'], 'filter'],
  ['POST /session', 'operator', '{"username":"author"#}'],
  ['GET /session', 'author', '{"x":null#}'],
  ['DELETE /session', 'author', '{"all":"1"#}'],
  ['POST /message', 'author', '{"text":"Meow."#}'],
  ['POST /messages', 'author', '[{"text":"Meow."},{"text":"Meow."#}]', [], '1'],
  [`GET /message/${id}`, 'nobody', '{"x":null#}'],
  [`PUT /message/${id}`, 'author', '{"text":"Meow."#}'],
  [`DELETE /message/${id}`, 'author', '{"x":null#}'],
  ['GET /messages', 'nobody', '{"limit":1#}', ['user']],
  ['QUERY /messages', 'nobody', '{"limit":1#}', ['user']],
  ['DELETE /messages', 'author', '{"user":"author"#}', ['user']],
  ['GET /topics', 'nobody', '{"limit":1#}'],
  ['GET /stream', 'nobody', '{"poll":1#}', ['user']],
  ['QUERY /stream', 'nobody', '{"poll":1#}', ['user']],
  ['GET /', 'nobody', '{"x":null#}'],
  ['GET /health', 'nobody', '{"x":null#}'],
];

for (const [route, as, body, known = [], root] of rows) {
  test(`${route} of ${as} takes no field that it does not know: ${body}`, async () => {
    const [method = '', path = ''] = route.split(' ');
    const before = await fingerprint(api);
    for (const field of FIELDS.filter((each) => !known.includes(each))) {
      const answer = await sendExactly(url, {
        method,
        path,
        headers: { 'content-type': 'application/json', ...headers[as] },
        body: body
          .replace('"x":null#', '#')
          .replace('#', `,"${field}":{"prototype":{"polluted":true},"polluted":1}`)
          .replace('{,', '{'),
      });
      assertProblem(answer, 400, root === undefined ? field : `${root}.${field}`);

      if (root !== undefined) continue;
      const inUrl = await sendExactly(url, { method, path: `${path}?${field}=1`, headers: { ...headers[as] } });
      assertProblem(inUrl, 400, field);
    }
    assert.deepEqual(await fingerprint(api), before);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
}

test('logging out everywhere may be asked for in a body too', async () => {
  const tokens = [await board.asOperator().sessions.open({ username: 'author' })].map(({ token }) => bearer(token));
  const answer = await api.call('DELETE', '/session', { json: { all: 1 }, headers: headers.author });
  assert.equal(answer.status, 204, answer.text);
  for (const token of tokens) assertProblem(await api.get('/session', { headers: token }), 401);
});

import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test from 'node:test';
import fc from 'fast-check';
import { basic, bearer } from './support/api.ts';
import type { Scope } from './support/cleanup.ts';
import { type ExactRequest, sendExactly } from './support/exact.ts';
import { Contract, type OpenApi, type Parameter, type Route } from './support/openapi.ts';
import { assertProblem } from './support/problem.ts';
import { SchemaArbitrary, spoilt } from './support/schema-arbitrary.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const BOARDS = numberSetting('MSGBOARD_FUZZ_BOARDS', 12);
const REQUESTS = 150;
/** What was not come upon is looked for further. */
const MOST_ROUNDS = 10;
/** What takes away whom or what the others need. */
const LAST = ['DELETE /message/{id}', 'DELETE /messages', 'PATCH /user/{idOrName}', 'PATCH /user', 'DELETE /user'];

const operatorToken = 'operator-secret-31c0aa';
const ROLES = ['nobody', 'kitten', 'moderator', 'operator'] as const;
const WORDS = ['kitten', 'Kitten', 'puppy', 'moderator', '1', '3', 'pets', '@kitten', '0', 'new_cat', 'yarn'];

/** What is made up for a route. Spoiling may have put anything anywhere. */
interface Made {
  readonly role: (typeof ROLES)[number];
  /** Its name. */
  readonly route: string;
  readonly type: string;
  readonly parts: {
    readonly path?: unknown;
    readonly query?: unknown;
    readonly header?: unknown;
    readonly body?: unknown;
  };
}

test('every answer to anything is as /openapi.json says, and nothing else is taken', async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const document = await documentOf(t);
  const wanted = new Contract(document).routes.flatMap(({ name }) => [`${name} 2`, `${name} 4`]);
  const seen = new Set<string>();
  const missing = () => wanted.filter((each) => !seen.has(each));

  for (let round = 0; round < MOST_ROUNDS && (round === 0 || missing().length > 0); round++) {
    const fault = await faultOf(document, SEED + round, seen);
    assert.equal(fault, null, `MSGBOARD_SEED=${SEED + round}: ${fault}`);
  }
  assert.deepEqual(missing(), [], 'each route takes something, and refuses something');
});

/** Mistakes that such a document might have, and the words of whoever finds them. */
const MISTAKES: readonly [name: string, mistaken: (document: string) => string, found: RegExp][] = [
  [
    'a field of another type',
    (text) => text.replaceAll('"edited":{"type":["string","null"]', '"edited":{"type":["string"]'),
    /\/edited/,
  ],
  [
    'a field that is missing',
    (text) => text.replaceAll('"moderator":{"type":"boolean"}', '"mod":{"type":"boolean"}'),
    /moderator/,
  ],
  ['a status that is not told', (text) => text.replaceAll('"404":', '"410":'), /404 is not documented/],
  [
    'another media type',
    (text) => text.replaceAll('application/problem+json', 'application/json'),
    /documented as application\/json/,
  ],
  ['a header that is not told', (text) => text.replaceAll('"ETag"', '"E-Tag"'), /200 has etag|201 has etag/],
  ['credentials where none are needed', (text) => text.replaceAll('"security":[{},', '"security":['), /as needed/],
  ['no credentials', (text) => text.replaceAll('"security":[{"basic"', '"safe":[{"basic"'), /401, and no cred/],
  [
    'less than is taken',
    (text) => text.replaceAll('"maxLength":10000', '"maxLength":3'),
    /takes what it does not document|text/,
  ],
];

for (const [name, mistaken, found] of MISTAKES) {
  test(`a document with ${name} is found out`, async (t) => {
    const text = JSON.stringify(await documentOf(t));
    assert.notEqual(mistaken(text), text);
    assert.match((await faultOf(JSON.parse(mistaken(text)), SEED)) ?? '', found);
  });
}

test('what limits say in answers is documented', async (t) => {
  const { api } = await startTestServer(t, { limits: { reads: '2/min', messages: '1/min' } });
  const contract = new Contract((await api.get<OpenApi>('/openapi.json')).body);
  const kitten = await api.signUp('kitten');
  for (const status of [201, 429]) {
    const answer = await api.post('/message', { text: 'Meow.' }, { as: kitten });
    assert.deepEqual([answer.status, contract.faultOfAnswer(contract.route('POST /message'), answer)], [status, null]);
  }
  for (const status of [200, 429]) {
    const answer = await api.get('/topics');
    assert.deepEqual([answer.status, contract.faultOfAnswer(contract.route('GET /topics'), answer)], [status, null]);
  }
});

test('every route that there is, is documented', async (t) => {
  const { api } = await startTestServer(t);
  const { body: index } = await api.get<{ msgboard: string[] }>('/');
  const { body: document } = await api.get<OpenApi>('/openapi.json');
  const documented = new Set(new Contract(document).routes.map(({ name }) => name));
  const listed = index.msgboard.flatMap((line) => {
    const url = line.slice(line.lastIndexOf(' ') + 1).replace(/:(\w+)/g, '{$1}');
    return line
      .split(' ')
      .slice(0, -1)
      .map((method) => `${method} ${url}`);
  });
  // OpenAPI 3.1 has no QUERY, and what is for people has no contract.
  const told = listed.filter((line) => !/^(?:HEAD|QUERY) | \/(?:docs|web|client\.js|openapi\.json)/.test(line));
  assert.deepEqual(told.sort(), [...documented].sort());
});

async function documentOf(scope: Scope): Promise<OpenApi> {
  const { api } = await startTestServer(scope);
  return (await api.get<OpenApi>('/openapi.json')).body;
}

/** What is not as `document` says. Made smaller it would not be clearer: the request that it came of is named. */
async function faultOf(document: OpenApi, seed: number, seen = new Set<string>()): Promise<string | null> {
  const options = { seed, numRuns: BOARDS, endOnFailure: true };
  const { failed, errorInstance } = await fc.check(propertyOf(document, seen), options);
  return failed ? String(errorInstance) : null;
}

/**
 * That a fresh board keeps to `document`, whatever it is asked.
 *
 * @param seen - is told what came up: `GET /messages 2`, for any 2xx.
 */
function propertyOf(document: OpenApi, seen: Set<string>) {
  const contract = new Contract(document);
  return fc.asyncProperty(fc.array(requestOf(contract), { minLength: REQUESTS, maxLength: REQUESTS }), async (all) => {
    const after: (() => Promise<void>)[] = [];
    try {
      const { url, headers } = await furnish({ after: (hook) => void after.push(hook) });
      for (const made of all.toSorted((a, b) => LAST.indexOf(a.route) - LAST.indexOf(b.route))) {
        const route = contract.route(made.route);
        const request = exactly(route, made);
        const answer = await sendExactly(
          url,
          { ...request, headers: { ...request.headers, ...headers[made.role] } },
          readFirst,
        );
        const what = `${made.role}: ${route.method} ${request.path} ${JSON.stringify(request.headers)} ${request.body ?? ''}`;
        // Longer than any URL may be: that is refused before it is known for which route it is.
        if (answer.status === 431) continue;
        const access = { status: answer.status, hasCredentials: made.role !== 'nobody' };
        const fault = contract.faultOfAnswer(route, answer) ?? contract.faultOfAccess(route, access);
        assert.equal(fault, null, `${what}\n${answer.text}\n${fault}`);
        if (answer.status >= 400) assertProblem(answer, [400, 401, 403, 404, 409, 412, 413, 415, 421, 422]);
        else assert.ok(isAllowed(contract, route, made), `${what}: takes what it does not document`);
        seen.add(`${route.name} ${String(answer.status)[0]}`);
      }
    } finally {
      for (const hook of after.reverse()) await hook();
    }
  });
}

function requestOf(contract: Contract): fc.Arbitrary<Made> {
  const schemas = new SchemaArbitrary((schema) => contract.resolve(schema), WORDS);
  const ofRoute = ({ name, parameters = [], requestBody }: Route): fc.Arbitrary<Made> => {
    const place = (where: Parameter['in']) =>
      fc.record(
        Object.fromEntries(
          parameters
            .filter((each) => each.in === where)
            .map(({ name, schema, required }) => [name, required ? schemas.of(schema) : seldom(schemas.of(schema))]),
        ),
      );
    const content = requestBody?.content ?? {};
    const json = content['application/json'];
    return fc.record({
      role: fc.constantFrom(...ROLES),
      route: fc.constant(name),
      type: fc.constantFrom('application/json', ...Object.keys(content)),
      parts: spoilt(
        fc.record({
          path: place('path'),
          query: place('query'),
          header: place('header'),
          body: json ? schemas.of(json.schema) : fc.constant(undefined),
        }),
      ),
    });
  };
  return fc.oneof(...contract.routes.map(ofRoute));
}

function seldom(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

/** As it is sent. */
function exactly({ method, path, parameters = [] }: Route, { type, parts }: Made): ExactRequest {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encode(textOf(fieldsOf(parts.path).get(name))));
  const pairs = [...queryOf(parts)].flatMap(([name, value]) =>
    [value].flat().map((each) => `${encode(name)}=${encode(each)}`),
  );
  const header = parameters
    .filter(({ in: where, name }) => where === 'header' && fieldsOf(parts.header).get(name) !== undefined)
    .map(({ name }) => [name, textOf(fieldsOf(parts.header).get(name)).replace(/[^ -~]/g, '?')]);
  const { body } = parts;
  const sent =
    body === undefined
      ? undefined
      : type === 'application/json'
        ? JSON.stringify(body)
        : [body]
            .flat()
            .map((each) => JSON.stringify(each))
            .join('\n');
  return {
    method,
    path: pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`,
    headers: { ...Object.fromEntries(header), ...(sent !== undefined && { 'content-type': type }) },
    ...(sent !== undefined && { body: sent }),
  };
}

function queryOf({ query }: Made['parts']): ReadonlyMap<string, string | readonly string[]> {
  const given = [...fieldsOf(query)].filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return new Map(
    given.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.slice(0, 150).map((each) => textOf(each)) : textOf(value, name),
    ]),
  );
}

function isAllowed(contract: Contract, route: Route, { type, parts }: Made): boolean {
  if (!contract.allowsQuery(route, queryOf(parts))) return false;
  const { body } = parts;
  if (body === undefined || body === null || type !== 'application/json') return true;
  // Where there is no body to send, one is taken for a query string: HTTPie sends such.
  return route.requestBody ? contract.allowsBody(route, body) : contract.allowsQuery(route, fieldsOf(body));
}

/** What is no object has one, without a name. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]]);
}

/** A stream that nobody waits for: the longest wait is a minute. */
function textOf(value: unknown, name = ''): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return name === 'wait' && /^\d+$/.test(text) && Number(text) <= 60 ? '0' : text;
}

/** What has no UTF-8 is sent as the bytes that it would have. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ed%a0%80';
}

/** All of an answer; the beginning of one that has no end. */
async function readFirst(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
    if (response.headers['content-length'] === undefined) break;
  }
  return Buffer.concat(chunks).toString();
}

/** A board with people and messages on it. */
async function furnish(scope: Scope) {
  const { url, board } = await startTestServer(scope, { operatorToken });
  const operator = board.asOperator();
  const headers: Record<string, Record<string, string>> = { nobody: {}, operator: bearer(operatorToken) };
  for (const username of ['kitten', 'moderator', 'puppy']) {
    await operator.users.create({ username });
    headers[username] = bearer((await operator.sessions.open({ username })).token);
  }
  await operator.users.administer('moderator', { moderator: true });
  await operator.users.administer('kitten', { password: 'yarn' });
  headers['kitten'] = { authorization: basic({ username: 'kitten', password: 'yarn' }) };
  const [kitten, puppy] = [board.as('kitten'), board.as('puppy')];
  const { id } = await kitten.messages.post({ text: 'I love kittens!', topics: ['pets'] });
  await puppy.messages.post({ text: 'Me too.', replyTo: id });
  await kitten.messages.post({ text: 'Between us.', to: ['puppy'] });
  await kitten.messages.edit(id, { text: 'I love all kittens!' });
  return { url, headers };
}

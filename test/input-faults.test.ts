/** How a board tells what is wrong with an input: which field, and in which words. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { BoardError, type Client, openBoard, startServer } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';

async function start(t: TestContext) {
  const board = await openBoard('sqlite::memory:');
  atEnd(t, () => board.close());
  for (const username of ['kitten', 'puppy']) await board.welcome({ username });
  return { board, kitten: board.as('kitten') };
}

/** What a program hands over that was not checked. */
const unchecked = (value: unknown): never => value as never;

async function faultsOf(act: Promise<unknown>) {
  const error = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BoardError, String(error));
  assert.equal(error.code, 'bad-input');
  return error.faults.map(({ path, message }) => `${path}: ${message}`);
}

const post = (kitten: Client, more: object) => kitten.messages.post(unchecked({ text: 'x', ...more }));
const data = (length: number) => ({ a: 'x'.repeat(length - '{"a":""}'.length) });

const faults: readonly [fault: string, act: (kitten: Client) => Promise<unknown>][] = [
  ['text: is missing', (kitten) => kitten.messages.post(unchecked({}))],
  ['body: must be object', (kitten) => kitten.messages.post(unchecked([]))],
  ['body: must be an array of messages', (kitten) => kitten.messages.postMany(unchecked({}))],
  ['body: must have at least one message', (kitten) => kitten.messages.postMany([])],
  ['colour: is not known here', (kitten) => post(kitten, { colour: 'grey' })],
  [`${'x'.repeat(200)}: is not known here`, (kitten) => post(kitten, { ['x'.repeat(300)]: 1 })],
  ['text: must be string', (kitten) => post(kitten, { text: 1 })],
  ['bio: must be string or null', (kitten) => kitten.users.update(unchecked({ bio: 1 }))],
  ['order: must be one of asc, desc, active', (kitten) => kitten.messages.list(unchecked({ order: 'up' }))],
  ['text: must be well-formed Unicode without NUL', (kitten) => post(kitten, { text: 'a\0b' })],
  ['text: must have at least 1 character', (kitten) => post(kitten, { text: '' })],
  ['topics.1: must have at most 100 characters', (kitten) => post(kitten, { topics: ['a', 'x'.repeat(101)] })],
  ['topics: must have at most 10', (kitten) => post(kitten, { topics: Array(11).fill('x') })],
  ['body: must name something to change', (kitten) => kitten.messages.edit(1, {})],
  ['limit: must be 1 or more', (kitten) => kitten.messages.list({ limit: 0 })],
  ['limit: must be 100 or less', (kitten) => kitten.messages.list({ limit: 101 })],
  ['to.0: must be string', (kitten) => post(kitten, { to: [true] })],
  ['data: must be object', (kitten) => kitten.users.update(unchecked({ data: 1 }))],
  ['data: is more than 4096 bytes of JSON', (kitten) => post(kitten, { data: data(4097) })],
  ['data: has a number that is too large', (kitten) => post(kitten, { data: { a: [Number.POSITIVE_INFINITY] } })],
  ['to.1: there is no user nobody', (kitten) => post(kitten, { to: ['puppy', 'nobody'] })],
  ['user.0: there is no user 99', (kitten) => kitten.messages.list({ user: [99] })],
  ['user: say either whose messages, or which thread', (kitten) => kitten.messages.deleteMany({})],
  [
    'user: say either whose messages, or which thread',
    (kitten) => kitten.messages.deleteMany({ user: 'kitten', thread: 1 }),
  ],
  ['password: is missing', (kitten) => kitten.users.create({ username: 'cat' })],
  [
    'password: is missing: a new password and the current one go together',
    (kitten) => kitten.users.update({ currentPassword: 'yarn' }),
  ],
  [
    'currentPassword: is missing: a new password and the current one go together',
    (kitten) => kitten.users.update({ password: 'yarn' }),
  ],
  ['filter: goes with stream: true', (kitten) => kitten.sessions.open({ filter: {} })],
  ['username: is missing', (kitten) => kitten.sessions.open({ password: 'yarn' })],
  [
    'username: is known from the credentials; leave it out',
    (kitten) => kitten.sessions.open({ username: 'kitten', password: 'yarn' }),
  ],
  [
    'all: must be set: these credentials are no session, though they can end all sessions',
    (kitten) => kitten.sessions.close(),
  ],
];

for (const [index, [fault, act]] of faults.entries()) {
  test(`it is told that ${fault.slice(0, 80)} (${index})`, async (t) => {
    const { kitten } = await start(t);
    assert.deepEqual(await faultsOf(act(kitten)), [fault]);
  });
}

test('every field at fault is told once, whatever is wrong with it', async (t) => {
  const { kitten } = await start(t);
  const told = await faultsOf(post(kitten, { text: '', topics: [1], colour: 'grey', size: 1 }));
  assert.deepEqual(told.toSorted(), [
    'colour: is not known here',
    'size: is not known here',
    'text: must have at least 1 character',
    'topics.0: must be string',
  ]);
});

test('of a bulk the first fault of each of the first ten at fault is told, with the place of each', async (t) => {
  const { kitten } = await start(t);
  const drafts = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? { text: 'x' } : { text: '', colour: 1 }));
  const told = await faultsOf(kitten.messages.postMany(unchecked(drafts)));
  assert.deepEqual(
    told.map((fault) => Number.parseInt(fault, 10)),
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
  );
  assert.deepEqual((await kitten.messages.list()).messages, []);
});

test('data is kept up to its last byte', async (t) => {
  const { kitten } = await start(t);
  assert.deepEqual((await kitten.messages.post({ text: 'x', data: data(4096) })).data, data(4096));
});

test('a bulk has as many lines of lists as it may, and not one more', async (t) => {
  const { kitten } = await start(t);
  const drafts = (count: number, topics: number) =>
    Array.from({ length: count }, () => ({
      text: 'x',
      to: ['puppy'],
      topics: Array.from({ length: topics }, (_, n) => `${n}`),
    }));
  const [fault] = await faultsOf(kitten.messages.postMany([...drafts(999, 9), ...drafts(1, 10)]));
  assert.equal(fault, 'body: its messages have too many topics and people (20002, at most 20000): send fewer');
  assert.equal((await kitten.messages.postMany(drafts(1000, 9))).length, 1000);
});

for (const [what, open] of [
  ['no URL', () => openBoard('board.db')],
  ['a URL of no database', () => openBoard('ftp://example.org/board')],
  ['the bell of a database that it is not', () => openBoard('sqlite::memory:', { bell: 'postgres' })],
  ['a bell that is none', () => openBoard('sqlite::memory:', { bell: 'ding' })],
  ['a bell of an unknown kind', () => openBoard('sqlite::memory:', { bell: 'ftp://example.org' })],
  ['a short token of the operator', () => openBoard('sqlite::memory:', { operatorToken: 'x'.repeat(15) })],
  ['one with a space', () => openBoard('sqlite::memory:', { operatorToken: `${'x'.repeat(16)} ` })],
  ['nothing', () => openBoard(unchecked(undefined))],
  ['no dialect', () => openBoard(unchecked({}))],
  ['memory that is misspelt', () => openBoard('sqlite::memory')],
  ['options of a file, which has none', () => openBoard('sqlite:x.db?mode=ro')],
  ['a misspelt option', () => openBoard('sqlite::memory:', unchecked({ sinup: 'closed' }))],
  ['a misspelt option of a server', () => startServer(unchecked({ database: 'sqlite::memory:', prot: 80 }))],
  ['a proxy that is no list', () => startServer({ database: 'sqlite::memory:', trustProxy: unchecked('127.0.0.1') })],
  ['any proxy', () => startServer({ database: 'sqlite::memory:', trustProxy: unchecked(true) })],
  [
    'an origin that is no list',
    () => startServer({ database: 'sqlite::memory:', port: 0, origins: unchecked('https://a.example') }),
  ],
] as const) {
  test(`no board is opened with ${what}`, async () => {
    await assert.rejects(open(), { name: 'BoardError', code: 'bad-input' });
  });
}

for (const [option, value] of [
  ['signup', 'close'],
  ['signup', 'Closed'],
  ['signup', false],
  ['signup', null],
  ['read', 'member'],
] as const) {
  test(`no board is left open by ${option}: ${value}`, async () => {
    const fault = { name: 'BoardError', code: 'bad-input', message: new RegExp(`^${option}: must be one of `) };
    await assert.rejects(openBoard('sqlite::memory:', unchecked({ [option]: value })), fault);
    await assert.rejects(startServer(unchecked({ database: 'sqlite::memory:', [option]: value })), fault);
  });
}

test('whoever has no token or password is refused like whoever has a wrong one', async (t) => {
  const { board } = await start(t);
  const refused = { name: 'BoardError', code: 'unauthorized' };
  await assert.rejects(board.resume(unchecked(undefined)), refused);
  await assert.rejects(board.resumeStream(unchecked(undefined)), refused);
  await assert.rejects(board.logIn('kitten', unchecked(undefined)), refused);
  await assert.rejects(board.logIn(unchecked(undefined), 'yarn'), refused);
});

test('a guest without a name is refused, and told why', async (t) => {
  const { board } = await start(t);
  assert.deepEqual(await faultsOf(board.welcome(unchecked('kitten'))), ['body: must be object']);
  assert.deepEqual(await faultsOf(board.welcome(unchecked(null))), ['body: must be object']);
  assert.deepEqual(await faultsOf(board.welcome(unchecked({}))), ['username: is missing']);
});

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import test, { type TestContext } from 'node:test';
import fastify from 'fastify';
import {
  type Board,
  BoardError,
  type BoardOptions,
  type Change,
  type Guest,
  msgboard,
  nodeHandler,
  openBoard,
} from '../src/index.ts';
import { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { openStream } from './support/stream-reader.ts';

async function open(t: TestContext, options: BoardOptions = {}, url = 'sqlite::memory:'): Promise<Board> {
  const board = await openBoard(url, options);
  atEnd(t, () => board.close());
  return board;
}

async function people(board: Board, ...usernames: string[]): Promise<void> {
  for (const username of usernames) await board.welcome({ username });
}

const isRefusal = (code: string, path?: string) => (error: unknown) =>
  error instanceof BoardError && error.code === code && (path === undefined || error.faults[0]?.path === path);

const changes: Record<string, NonNullable<BoardOptions['beforePost']>> = {
  returned: ({ text, ...rest }) => ({ ...rest, text: `${text}!`, topics: ['shouts'] }),
  'changed in place': (draft) => {
    draft.text += '!';
    draft.topics = ['shouts'];
    return undefined;
  },
  'returned later': async ({ text }) => ({ text: `${text}!`, topics: ['shouts'] }),
};

for (const [name, beforePost] of Object.entries(changes)) {
  test(`a draft is posted as beforePost has it: ${name}`, async (t) => {
    const board = await open(t, { beforePost });
    await people(board, 'kitten');
    const given = { text: 'Meow' };
    const one = await board.as('kitten').messages.post(given);
    const [two] = await board.as('kitten').messages.postMany([given]);

    assert.deepEqual([one.text, one.topics], ['Meow!', ['shouts']]);
    assert.deepEqual([two?.text, two?.topics], ['Meow!', ['shouts']]);
    assert.deepEqual(given, { text: 'Meow' });
  });
}

test('what beforePost refuses is not posted, and of a bulk nothing is', async (t) => {
  const board = await open(t, {
    beforePost({ text }, { username }) {
      if (text.includes('dog')) throw new BoardError('forbidden', `No dogs, ${username}.`);
    },
  });
  await people(board, 'kitten');
  const { messages } = board.as('kitten');

  await assert.rejects(messages.post({ text: 'a dog' }), { code: 'forbidden', message: 'No dogs, kitten.' });
  await assert.rejects(messages.postMany([{ text: 'cats' }, { text: 'dogs' }]), {
    code: 'forbidden',
    message: '1: No dogs, kitten.',
  });
  assert.deepEqual((await messages.list()).messages, []);
});

test('what beforePost makes of a draft is checked like any other', async (t) => {
  const board = await open(t, { beforePost: () => ({ text: '' }) });
  await people(board, 'kitten');
  await assert.rejects(board.as('kitten').messages.post({ text: 'x' }), isRefusal('bad-input', 'text'));
  await assert.rejects(board.as('kitten').messages.postMany([{ text: 'x' }]), isRefusal('bad-input', '0.text'));
});

test('beforePost is not asked about what is refused anyway', async (t) => {
  let asked = 0;
  const board = await open(t, {
    beforePost() {
      asked += 1;
    },
  });
  await assert.rejects(board.as().messages.post({ text: 'x' }), isRefusal('unauthorized'));
  await people(board, 'kitten');
  await assert.rejects(board.as('kitten').messages.post({ text: '' }), isRefusal('bad-input'));
  assert.equal(asked, 0);
});

test('a key that has made its message answers with it, whatever beforePost thinks by then', async (t) => {
  let isOpen = true;
  const board = await open(t, {
    beforePost({ text }) {
      if (!isOpen) throw new BoardError('forbidden', 'Closed.');
      return { text: `${text} at ${Math.random()}` };
    },
  });
  await people(board, 'kitten');
  const { messages } = board.as('kitten');
  const one = await messages.post({ text: 'x' }, { idempotencyKey: 'one' });
  const many = await messages.postMany([{ text: 'x' }, { text: 'y' }], { idempotencyKey: 'many' });

  isOpen = false;
  assert.deepEqual((await messages.post({ text: 'x' }, { idempotencyKey: 'one' })).id, one.id);
  assert.deepEqual(await messages.postMany([{ text: 'x' }, { text: 'y' }], { idempotencyKey: 'many' }), many);
  await assert.rejects(messages.post({ text: 'z' }, { idempotencyKey: 'one' }), isRefusal('key-reused'));
});

test('beforeEdit changes and refuses edits', async (t) => {
  const board = await open(t, {
    beforeEdit({ text = '', data }, { username }, id) {
      if (text === 'no') throw new BoardError('forbidden', `Not ${id}, ${username}.`);
      return { text: `${text} (edited)`, ...(data && { data }) };
    },
  });
  await people(board, 'kitten');
  const { messages } = board.as('kitten');
  const { id } = await messages.post({ text: 'x' });
  assert.equal((await messages.edit(id, { text: 'y' })).text, 'y (edited)');
  await assert.rejects(messages.edit(id, { text: 'no' }), { code: 'forbidden', message: `Not ${id}, kitten.` });
  assert.equal((await messages.get(id)).text, 'y (edited)');
});

test('onChange hears of every change in order, what is private too, from every process', async (t) => {
  const { url } = await temporaryDatabase(t);
  const heard: Change[] = [];
  const board = await open(t, { onChange: (change) => void heard.push(change) }, url);
  const other = await open(t, {}, url);
  await people(board, 'kitten', 'dog');

  const { messages } = board.as('kitten');
  const made = await Promise.all(Array.from({ length: 100 }, (_, n) => messages.post({ text: `${n}` })));
  const secret = await messages.post({ text: 'psst', to: ['dog'] });
  await messages.edit(secret.id, { text: 'hush' });
  await eventually(() => assert.equal(heard.length, 102));
  const foreign = await other.as('dog').messages.post({ text: 'woof' });
  await eventually(() => assert.equal(heard.length, 103));
  await messages.delete(secret.id);
  await eventually(() => assert.equal(heard.length, 104));

  assert.deepEqual(
    heard.map(({ type, message }) => [type, message?.id, message?.seq]),
    [
      ...made
        .map(({ id }) => id)
        .sort((left, right) => left - right)
        .map((id) => ['message', id, id]),
      ['message', secret.id, secret.id],
      ['edit', secret.id, secret.id + 1],
      ['message', foreign.id, foreign.id],
      ['delete', secret.id, foreign.id + 1],
    ],
  );
  assert.equal(heard.at(-1)?.cursor, (await messages.list()).cursor);
});

test('what onChange does to a change, or throws, reaches no reader', async (t) => {
  const faults: unknown[] = [];
  const board = await open(t, {
    onFault: (fault) => void faults.push(fault),
    onChange({ message }) {
      if (message && 'text' in message) message.text = 'spoiled';
      if (message?.id === 1) throw new Error('at once');
      return Promise.reject(new Error('later'));
    },
  });
  await people(board, 'kitten');
  const { messages } = board.as('kitten');
  const poll = board.as().poll({ wait: 10 });
  await messages.post({ text: 'one' });
  await messages.post({ text: 'two' });

  assert.equal(((await poll).events[0]?.message as { text: string }).text, 'one');
  assert.deepEqual(
    (await messages.list()).messages.map(({ text }) => text),
    ['one', 'two'],
  );
  await eventually(() => assert.deepEqual(faults.map(String), ['Error: at once', 'Error: later']));
});

test('a guest is given an account on first sight, once, and is the same ever after', async (t) => {
  const board = await open(t);
  const guest: Guest = { username: 'Kitten', bio: 'A cute ittle kitten.', data: { colour: 'grey' } };
  const clients = await Promise.all(Array.from({ length: 20 }, () => board.welcome(guest)));
  const seen = await Promise.all(clients.map((client) => client.users.me()));
  const again = await (await board.welcome({ username: 'kitten', bio: 'other' })).users.me();

  assert.deepEqual(new Set(seen.map(({ id }) => id)).size, 1);
  assert.deepEqual(again, seen[0]);
  assert.deepEqual([again.username, again.bio, again.data], ['Kitten', 'A cute ittle kitten.', { colour: 'grey' }]);
  await assert.rejects(board.logIn('Kitten', 'null'), isRefusal('unauthorized'));
});

for (const guest of [{ username: 'two words' }, { username: '' }, { username: 'kitten', bio: 'x'.repeat(1001) }]) {
  test(`nobody can be ${JSON.stringify(guest).slice(0, 60)}`, async (t) => {
    const board = await open(t);
    await assert.rejects(board.welcome(guest), isRefusal('bad-input'));
  });
}

/** The same board under three kinds of host, who know people by a header of their own. */
const nameIn = ({ headers }: Pick<IncomingMessage, 'headers'>): Guest | null =>
  typeof headers['x-name'] === 'string' ? { username: headers['x-name'] } : null;

const hosts: Record<string, (t: TestContext, board: Board) => Promise<string>> = {
  async 'a Fastify plugin'(t, board) {
    const app = fastify();
    await app.register(msgboard, { board, prefix: '/board', authenticate: nameIn });
    atEnd(t, () => app.close());
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/board`;
  },
  async 'a handler of node:http with a prefix'(t, board) {
    return `${await listen(t, board, { prefix: '/board' })}/board`;
  },
  async 'a handler of node:http at the root'(t, board) {
    return listen(t, board, {});
  },
};

async function listen(t: TestContext, board: Board, options: { readonly prefix?: string }): Promise<string> {
  const handler = await nodeHandler(board, { ...options, authenticate: nameIn });
  const server = createServer((request, response) => {
    response.setHeader('x-host', 'mine');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, async () => {
    await handler.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return `http://127.0.0.1:${address.port}`;
}

for (const [name, host] of Object.entries(hosts)) {
  test(`${name} takes people from its host, and streams to them`, async (t) => {
    const board = await open(t);
    const url = await host(t, board);
    const api = new Api(url);
    const as = (username: string) => ({ headers: { 'x-name': username } });
    const stream = await openStream(`${url}/stream`, '', as('dog'));
    await stream.cursor();

    const posted = await api.post<{ id: number }>('/message', { text: 'psst', to: ['dog'] }, as('kitten'));
    assert.equal(posted.status, 201, posted.text);
    assert.equal((await stream.next()).message?.id, posted.body.id);
    assert.equal((await api.get(`/message/${posted.body.id}`, as('dog'))).status, 200);
    assertProblem(await api.get(`/message/${posted.body.id}`), 404);
    assert.equal((await api.get<{ username: string }>('/user', as('kitten'))).body.username, 'kitten');

    const nobody = await api.post('/message', { text: 'x' });
    assertProblem(nobody, 401);
    assert.match(nobody.headers.get('www-authenticate') ?? '', /^Application /);
    assertProblem(await api.post('/user', { username: 'cow', password: 'milk' }), 403);
    assertProblem(await api.get('/messages?colour=red', as('kitten')), 400, 'colour');
    assertProblem(await api.get('/nowhere', as('kitten')), 404);
    const location = posted.headers.get('location') ?? '';
    assert.equal(new URL(location, `${url}/message`).href, `${url}/message/${posted.body.id}`);
    stream.cut();
  });
}

test('credentials are nothing to a board that takes people from its host', async (t) => {
  const board = await open(t);
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  const api = new Api(await listen(t, board, {}));
  assertProblem(await api.post('/message', { text: 'x' }, { as: { username: 'kitten', password: 'yarn' } }), 401);
});

test('the host’s own headers are on every answer, streams too', async (t) => {
  const url = await listen(t, await open(t), {});
  assert.equal((await fetch(`${url}/messages`)).headers.get('x-host'), 'mine');
  const stream = await openStream(url);
  assert.equal(stream.headers.get('x-host'), 'mine');
  stream.cut();
});

test('closing a handler ends its streams', async (t) => {
  const board = await open(t);
  const handler = await nodeHandler(board);
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const stream = await openStream(`http://127.0.0.1:${address.port}`);
  await stream.cursor();
  await handler.close();
  assert.equal(await stream.ended, 'end');
});

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, BoardError, type BoardOptions, type Change, type Guest, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

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

test('a refusal by a code that there is not is a fault of the server, over HTTP too', async (t) => {
  // A hook in JavaScript.
  const beforePost = () => {
    throw new BoardError('nonsense' as 'forbidden', 'No dogs.');
  };
  const { board, api } = await startTestServer(t, { beforePost });
  const kitten = await api.signUp('kitten');
  await assert.rejects(board.as('kitten').messages.post({ text: 'dogs' }), isRefusal('internal'));
  assertProblem(await api.post('/message', { text: 'dogs' }, { as: kitten }), 500);
});

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

test('what onMeasure throws reaches nobody who writes, and writes nothing twice', async (t) => {
  const faults: unknown[] = [];
  const board = await open(t, {
    onFault: (fault) => void faults.push(fault),
    onMeasure({ kind }) {
      throw new Error(kind);
    },
  });
  await people(board, 'kitten');
  const { messages } = board.as('kitten');
  // All in one transaction.
  await Promise.all(['one', 'two', 'three'].map((text) => messages.post({ text })));

  assert.deepEqual(
    (await messages.list()).messages.map(({ text }) => text),
    ['one', 'two', 'three'],
  );
  await eventually(() => assert.ok(faults.map(String).includes('Error: commit')));
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

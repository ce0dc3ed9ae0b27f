import assert from 'node:assert/strict';
import type { Client } from '../../src/model/client.ts';
import { BoardError, type ErrorCode } from '../../src/model/errors.ts';
import type { MessageDraft } from '../../src/model/message.ts';
import { invite, onEveryBoard } from '../support/boards.ts';

/** What is refused, to kitten on a board whose message 1 is puppy's, and with which faults. */
const refused: readonly [claim: string, code: ErrorCode, act: (kitten: Client) => Promise<unknown>, path?: string][] = [
  ['an empty text', 'bad-input', (kitten) => kitten.messages.post({ text: '' }), 'text'],
  ['a field it does not know', 'bad-input', (kitten) => kitten.messages.post(withColour()), 'colour'],
  ['a topic too long', 'bad-input', (kitten) => post(kitten, { topics: ['ok', 'x'.repeat(101)] }), 'topics.1'],
  ['a person who is not there', 'bad-input', (kitten) => post(kitten, { to: ['nobody'] }), 'to.0'],
  ['a limit too high', 'bad-input', (kitten) => kitten.messages.list({ limit: 101 }), 'limit'],
  ['a filter by nobody', 'bad-input', (kitten) => kitten.messages.list({ user: ['nobody'] }), 'user.0'],
  ['what is no cursor', 'bad-input', (kitten) => kitten.poll({ cursor: 'x' }), 'cursor'],
  ['a stream from it', 'bad-input', (kitten) => drain(kitten.stream({ cursor: 'x' })), 'cursor'],
  ['a stream by nobody', 'bad-input', (kitten) => drain(kitten.stream({ user: ['nobody'] })), 'user.0'],
  ['a weak password', 'bad-input', (kitten) => kitten.users.create({ username: 'a', password: 'b' }), 'password'],
  ['a name that is taken', 'taken', (kitten) => kitten.users.create({ username: 'PUPPY', password: 'yarn' })],
  ['a user who is not there', 'not-found', (kitten) => kitten.users.get('nobody')],
  ['a message that is not there', 'not-found', (kitten) => kitten.messages.get(1000)],
  ['an answer to it', 'bad-input', (kitten) => post(kitten, { replyTo: 1000 }), 'replyTo'],
  ['an edit of it', 'not-found', (kitten) => kitten.messages.edit(1000, { text: 'x' })],
  ['a deletion of it', 'not-found', (kitten) => kitten.messages.delete(1000)],
  ['an edit of another’s', 'forbidden', async (kitten) => kitten.messages.edit(await first(kitten), { text: 'x' })],
  ['a deletion of another’s', 'forbidden', async (kitten) => kitten.messages.delete(await first(kitten))],
];

for (const [claim, code, act, path] of refused) {
  onEveryBoard(`${claim} is ${code}`, async (board) => {
    await invite(board, 'kitten', 'puppy');
    await board.as('puppy').messages.post({ text: 'mine' });

    const error = await act(board.as('kitten')).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof BoardError, String(error));
    assert.deepEqual([error.code, error.faults[0]?.path], [code, path]);
    assert.ok(error.message.length > 0);
  });
}

for (const [claim, act] of [
  ['a post', (nobody) => nobody.messages.post({ text: 'x' })],
  ['an edit', (nobody) => nobody.messages.edit(1, { text: 'x' })],
  ['a deletion', (nobody) => nobody.messages.delete(1)],
  ['a private list', (nobody) => nobody.messages.list({ with: ['kitten'] })],
  ['a private stream', (nobody) => drain(nobody.stream({ with: ['kitten'] }))],
] as const satisfies [string, (nobody: Client) => Promise<unknown>][]) {
  onEveryBoard(`${claim} by nobody is unauthorized`, async (board) => {
    await invite(board, 'kitten');
    await assert.rejects(act(board.as()), { name: 'BoardError', code: 'unauthorized' });
  });
}

onEveryBoard('whoever is not there is unauthorized, whatever they do', async (board) => {
  await invite(board, 'kitten');
  await assert.rejects(board.as('nobody').messages.list(), { code: 'unauthorized' });
  await assert.rejects(drain(board.as('nobody').stream({ cursor: '0' })), { code: 'unauthorized' });
});

function post(client: Client, more: Partial<MessageDraft>): Promise<unknown> {
  return client.messages.post({ text: 'x', ...more });
}

function withColour(): MessageDraft {
  const draft = { text: 'x', colour: 'grey' };
  return draft;
}

async function first(client: Client): Promise<number> {
  const { messages } = await client.messages.list({ limit: 1 });
  assert.ok(messages[0]);
  return messages[0].id;
}

function drain(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  return Array.fromAsync(stream);
}

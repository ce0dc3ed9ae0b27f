import assert from 'node:assert/strict';
import type { StreamEvent } from '../../src/model/change.ts';
import { type AnyBoard, invite, onEveryBoard } from '../support/boards.ts';
import { atEnd } from '../support/cleanup.ts';
import { Listener } from '../support/listener.ts';

onEveryBoard('a stream tells what there is, and then what happens', async (board, scope) => {
  const kitten = await kittenOf(board);
  const first = await kitten.messages.post({ text: 'before' });
  const listener = new Listener(scope, board.as(), { cursor: '0' });
  const [told] = await listener.take(1);
  assert.deepEqual(told?.message, first);

  const edited = await kitten.messages.edit(first.id, { text: 'edited' });
  const [edit] = await listener.take(1);
  assert.deepEqual([edit?.type, edit?.message], ['edit', edited]);

  await kitten.messages.delete(first.id);
  const second = await kitten.messages.post({ text: 'after' });
  const [gone, last] = await listener.take(2);
  assert.deepEqual([gone?.type, gone?.message], ['delete', remainsOf(first, gone)]);
  assert.deepEqual([last?.type, last?.message], ['message', second]);
});

onEveryBoard('a stream goes on from any of its cursors', async (board, scope) => {
  const kitten = await kittenOf(board);
  for (const text of ['1', '2', '3']) await kitten.messages.post({ text });
  const told = await new Listener(scope, board.as(), { cursor: '0' }).take(3);

  for (const [index, { cursor }] of told.entries()) {
    const rest = new Listener(scope, board.as(), { cursor });
    assert.deepEqual(await rest.take(2 - index), told.slice(index + 1));
  }
});

onEveryBoard('a stream goes on from a page', async (board, scope) => {
  const kitten = await kittenOf(board);
  await kitten.messages.post({ text: 'on the page' });
  const { cursor } = await board.as().messages.list();
  const posted = await kitten.messages.post({ text: 'behind it' });

  assert.deepEqual((await new Listener(scope, board.as(), { cursor }).take(1))[0]?.message, posted);
});

onEveryBoard('a stream keeps to its filter, and to what is for its reader', async (board, scope) => {
  await invite(board, 'kitten', 'puppy', 'fox');
  const [toPuppy, toFox] = ['puppy', 'fox'].map(
    (who) => new Listener(scope, board.as(who), { cursor: '0', topic: ['pets', 'mice'], user: ['kitten'] }),
  );
  const kitten = board.as('kitten');
  await kitten.messages.post({ text: 'of no topic' });
  await board.as('fox').messages.post({ text: 'by another', topics: ['pets'] });
  await kitten.messages.post({ text: 'for puppy', topics: ['mice'], to: ['puppy'] });
  await kitten.messages.post({ text: 'for all', topics: ['pets'] });

  assert.deepEqual(textsOf((await toPuppy?.take(2)) ?? []), ['for puppy', 'for all']);
  assert.deepEqual(textsOf((await toFox?.take(1)) ?? []), ['for all']);
});

onEveryBoard('a cursor of no use is told, and the stream goes on', async (board, scope) => {
  const kitten = await kittenOf(board);
  const listener = new Listener(scope, board.as(), { cursor: '1000000' });
  const [reset] = await listener.take(1);
  assert.deepEqual(reset, { cursor: reset?.cursor, type: 'reset', reason: 'ahead', message: null });

  await kitten.messages.post({ text: 'after' });
  assert.deepEqual(textsOf(await listener.take(1)), ['after']);
});

onEveryBoard('whoever asks is told that there is nothing to tell', async (board, scope) => {
  const kitten = await kittenOf(board);
  await kitten.messages.post({ text: 'before' });
  const [message, idle] = await new Listener(scope, board.as(), { cursor: '0' }, { idle: true }).take(2);

  assert.deepEqual([message?.type, idle?.type, idle?.message], ['message', 'idle', null]);
});

onEveryBoard('a signal ends a stream, also one where nothing happens', async (board) => {
  await kittenOf(board);
  const stop = new AbortController();
  const ended = Array.fromAsync(board.as().stream({ cursor: '0' }, { signal: stop.signal }));
  stop.abort();
  assert.deepEqual(await ended, []);
  assert.deepEqual(await Array.fromAsync(board.as().stream({}, { signal: AbortSignal.abort() })), []);
});

onEveryBoard('a poll tells what there is, up to its limit', async (board) => {
  const kitten = await kittenOf(board);
  for (const text of ['1', '2', '3']) await kitten.messages.post({ text });
  const first = await board.as().poll({ cursor: '0', limit: 2 });
  assert.deepEqual(textsOf(first.events), ['1', '2']);
  const second = await board.as().poll({ cursor: first.cursor });
  assert.deepEqual(textsOf(second.events), ['3']);
  assert.deepEqual(await board.as().poll({ cursor: second.cursor }), { events: [], cursor: second.cursor });
});

onEveryBoard('a poll waits for a first event', async (board, scope) => {
  const kitten = await kittenOf(board);
  const { cursor } = await board.as().poll({});
  const waiting = board.as().poll({ cursor, wait: 60 });
  const posted = await kitten.messages.post({ text: 'at last' });
  assert.deepEqual((await waiting).events[0]?.message, posted);

  const stop = new AbortController();
  atEnd(scope, () => stop.abort());
  const broken = board.as().poll({ cursor: (await waiting).cursor, wait: 60 }, { signal: stop.signal });
  stop.abort();
  assert.deepEqual(await broken, { events: [], cursor: (await waiting).cursor });
});

async function kittenOf(board: AnyBoard) {
  await invite(board, 'kitten');
  return board.as('kitten');
}

function textsOf(events: readonly StreamEvent[]): (string | null)[] {
  return events.map(({ message }) => (message && 'text' in message ? message.text : null));
}

/** What a deletion tells of a message. */
function remainsOf(
  message: { id: number; user: { id: number; username: string }; topics: readonly string[]; thread: number },
  gone: StreamEvent | undefined,
) {
  const { id, user, topics, thread } = message;
  return {
    id,
    seq: gone?.message?.seq,
    user: { id: user.id, username: user.username },
    topics,
    thread,
    replyTo: null,
    to: [],
  };
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import { BoardCopy } from './support/board-copy.ts';

const CREATED = '2026-11-23T21:37:02.565Z';
const user = { id: 1, username: 'kitten', bio: null, created: CREATED };

function message(id: number, seq = id): Message {
  const rest = { topics: [], replyTo: null, thread: id, replies: 0, to: [], data: null, posts: null, latest: null };
  return { id, seq, text: `${id} as of ${seq}`, user, created: CREATED, edited: seq === id ? null : CREATED, ...rest };
}

const posted = (id: number, seq = id): StreamEvent => ({
  cursor: `${seq}`,
  type: 'message',
  message: message(id, seq),
});
const edited = (id: number, seq: number): StreamEvent => ({
  cursor: `${seq}`,
  type: 'edit',
  message: message(id, seq),
});
const deleted = (id: number, seq: number): StreamEvent => {
  const gone = { id, seq, user: { id: 1, username: 'kitten' }, topics: [], thread: id, replyTo: null, to: [] };
  return { cursor: `${seq}`, type: 'delete', message: gone };
};

/** A board on which 1 and 2 were posted (1, 2), 1 was edited (3), 4 posted, 2 deleted (5). */
const board = [message(1, 3), message(4)];

for (const [name, events, want] of [
  ['the changes as they came', [posted(1), posted(2), edited(1, 3), posted(4), deleted(2, 5)], []],
  ['the board as it is', [posted(1, 3), posted(4)], []],
  ['a resumption in between', [posted(1), posted(2), deleted(2, 5), posted(4), edited(1, 3)], []],
] as const) {
  test(`a history is right: ${name}`, () => assert.deepEqual(faults(events), want));
}

for (const [name, events, want] of [
  ['a message is lost', [posted(1, 3)], ['4 is missing']],
  ['a message comes twice', [posted(1, 3), posted(4), posted(4)], ['4 came twice as message', '4 came twice as of 4']],
  ['a message comes twice as new, edited', [posted(1), posted(4), posted(1, 3)], ['1 came twice as message']],
  ['an edit comes twice', [posted(1), edited(1, 3), edited(1, 3), posted(4)], ['1 came twice as of 3']],
  ['an edit is lost', [posted(1), posted(4)], ['1 is not as on the board']],
  [
    'an older version comes after a newer',
    [posted(1, 3), edited(1, 2), posted(4)],
    ['1 came as of 2 after 3', '1 is not as on the board'],
  ],
  ['a deletion is lost', [posted(1, 3), posted(2), posted(4)], ['2 is not on the board']],
  [
    'a deleted message comes back',
    [posted(1, 3), posted(2), deleted(2, 5), posted(2), posted(4)],
    ['2 came twice as message', '2 came as of 2 after 5', '2 is not on the board'],
  ],
  ['an edit of what never came', [edited(1, 3), posted(4)], ['edit of 1, which never came', '1 is missing']],
  ['a deletion of what never came', [posted(1, 3), deleted(2, 5), posted(4)], ['delete of 2, which never came']],
  [
    'a reset',
    [posted(1, 3), posted(4), { cursor: '5', type: 'reset', reason: 'ahead', message: null }],
    ['reset, as ahead'],
  ],
] as const satisfies [string, StreamEvent[], string[]][]) {
  test(`a history is wrong where ${name}`, () => assert.deepEqual(faults(events), want));
}

test('a history is wrong where a text is another', () => {
  const other: StreamEvent = { cursor: '4', type: 'message', message: { ...message(4), text: 'forged' } };
  assert.deepEqual(faults([posted(1, 3), other]), ['4 is not as on the board']);
});

test('of what was below its page, a reader hears changes but nothing new', () => {
  const copy = new BoardCopy([message(4)], 4);
  copy.apply(edited(1, 3));
  assert.deepEqual(copy.faultsAgainst(board), []);
  copy.apply(posted(2));
  assert.deepEqual(copy.faults, ['2 is older than the page, yet came as new']);
});

function faults(events: readonly StreamEvent[]): string[] {
  const copy = new BoardCopy();
  for (const event of events) copy.apply(event);
  return copy.faultsAgainst(board);
}

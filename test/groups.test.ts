/** Who of the live readers is told what, as far as it is decided for many of them at once. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Group } from '../src/feed/group.ts';
import { Groups } from '../src/feed/groups.ts';
import type { News } from '../src/feed/stretch.ts';
import type { MessageState } from '../src/model/change.ts';
import { EVERYTHING, type Selection } from '../src/model/filter.ts';
import { reader } from './support/live-reader.ts';

const CATS: Selection = { ...EVERYTHING, topics: ['cats', 'mice'] };
const BY_7: Selection = { ...EVERYTHING, users: [7] };

test('what is for some goes to them in its place, and to nobody else; what all may see is made once for the others', () => {
  const groups = new Groups();
  const [nobody, one, two, three] = [null, 1, 2, 3].map((viewer) => reader(viewer, EVERYTHING));
  for (const each of [nobody, one, two, three]) if (each) groups.add(each.member);

  tell(groups, stateOf(1), stateOf(2, { to: [1, 2] }), stateOf(3), stateOf(4, { to: [2] }), stateOf(5));
  assert.deepEqual(nobody?.told, [[1, 3, 5]]);
  assert.deepEqual(three?.told, [[1, 3, 5]]);
  assert.deepEqual(one?.told, [[1, 2, 3, 5]]);
  assert.deepEqual(two?.told, [[1, 2, 3, 4, 5]]);
  assert.equal(nobody?.chunks[0], three?.chunks[0]);

  tell(groups, stateOf(6, { to: [8, 9] }));
  tell(groups, stateOf(7, { to: [1] }));
  assert.deepEqual(
    [nobody, one, two, three].map((each) => each?.told.slice(1)),
    [[], [[7]], [], []],
  );
});

test('whoever comes while something is gathered is told what is gathered later, and all of what comes then', () => {
  const groups = new Groups();
  const [early, late, latest, gone] = [reader(null), reader(1), reader(1), reader(2)];
  const flush = gatherer(groups);
  groups.add(early.member);
  flush.gather(stateOf(1));
  for (const { member } of [late, gone]) groups.add(member);
  flush.gather(stateOf(2), stateOf(3, { to: [1] }), stateOf(4, { to: [2] }));
  groups.add(latest.member);
  groups.delete(gone.member);
  flush.gather(stateOf(5));
  flush.all();
  assert.deepEqual([early.told, late.told, latest.told, gone.told], [[[1, 2, 5]], [[2, 3, 5]], [[5]], []]);

  tell(groups, stateOf(6), stateOf(7, { to: [1] }));
  assert.deepEqual(
    [early, late, latest, gone].map(({ told }) => told.slice(1)),
    [[[6]], [[6, 7]], [[6, 7]], []],
  );
  for (const { member } of [early, late, latest]) groups.delete(member);
  assert.deepEqual([...groups.all()], []);
});

test('what is for one alone is gathered for them although they have only just come', () => {
  const groups = new Groups();
  const [early, late] = [reader(null), reader(1)];
  const flush = gatherer(groups);
  groups.add(early.member);
  flush.gather(stateOf(1));
  groups.add(late.member);
  groups.delete(early.member);
  assert.equal([...groups.all()].length, 1);
  flush.gather(stateOf(2, { to: [1] }), stateOf(3, { to: [7] }));
  flush.all();
  assert.deepEqual([early.told, late.told], [[], [[2]]]);
});

test('a message is looked at by those alone whom its topics or its author can concern, and by each of them once', () => {
  const groups = new Groups();
  for (const selection of [EVERYTHING, CATS, BY_7]) groups.add(reader(null, selection).member);
  const concerned = (state: MessageState) => [...groups.concerned(state)].map(({ selection }) => selection);

  assert.deepEqual(concerned(stateOf(1)), [EVERYTHING]);
  assert.deepEqual(concerned(stateOf(1, { topics: ['cats', 'dogs', 'mice'] })), [EVERYTHING, CATS]);
  assert.deepEqual(concerned(stateOf(1, { userId: 7, topics: ['dogs'] })), [EVERYTHING, BY_7]);
  assert.deepEqual(concerned(stateOf(1, { userId: 7, topics: ['mice'] })), [EVERYTHING, BY_7, CATS]);
});

for (const [what, selection] of Object.entries({ all: EVERYTHING, topics: CATS, people: BY_7 })) {
  test(`readers of one filter share a group, and once the last of them has left there is none: ${what}`, () => {
    const groups = new Groups();
    const state = stateOf(1, { userId: 7, topics: ['cats', 'mice'] });
    const count = () => [[...groups.all()].length, [...groups.concerned(state)].length];
    const [first, same, third] = [reader(1, selection), reader(1, { ...selection }), reader(null, selection)];

    for (const { member } of [first, same, third]) groups.add(member);
    assert.deepEqual(count(), [1, 1]);
    groups.delete(first.member);
    groups.delete(first.member);
    groups.delete(third.member);
    assert.deepEqual(count(), [1, 1]);
    tell(groups, state);
    assert.deepEqual([first.told, same.told, third.told], [[], [[1]], []]);

    groups.delete(same.member);
    assert.deepEqual(count(), [0, 0]);
    groups.delete(same.member);
    groups.add(third.member);
    assert.deepEqual(count(), [1, 1]);
  });
}

/** What the hub does with commits. */
function gatherer(groups: Groups) {
  const gathered = new Set<Group>();
  return {
    gather(...states: readonly MessageState[]): void {
      for (const state of states) {
        for (const group of groups.concerned(state)) if (group.gather(newsOf(state))) gathered.add(group);
      }
    },
    all(): void {
      for (const group of gathered) group.flush();
    },
  };
}

/** What it does with one. */
function tell(groups: Groups, ...states: readonly MessageState[]): void {
  const { gather, all } = gatherer(groups);
  gather(...states);
  all();
}

function stateOf(id: number, { to = [], ...rest }: Partial<MessageState> & { to?: readonly number[] } = {}) {
  const what = { userId: 1, topics: [], thread: id, replyTo: null, deleted: true, ...rest };
  const { topics, thread, replyTo } = what;
  const message = {
    id,
    seq: id,
    user: { id: what.userId, username: 'kitten' },
    topics: [...topics],
    thread,
    replyTo,
    to: [],
  };
  return {
    ...what,
    id,
    seq: id,
    audience: to.length,
    people: to,
    message,
    json: JSON.stringify(message),
  } satisfies MessageState;
}

function newsOf(state: MessageState): News {
  return { type: 'delete', cursor: `${state.id}-e`, state };
}

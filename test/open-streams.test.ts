/** Which of the open streams may go on, and how those end that may not. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { OpenStreams } from '../src/feed/open-streams.ts';
import { EVERYTHING } from '../src/model/filter.ts';
import { reader } from './support/live-reader.ts';

/** Lets everything happen that waits for no timer. */
const breath = () => new Promise((resolve) => setImmediate(resolve));

test('a stream whose time is over ends within a second, and no other one; once that is stopped, none does', async (t) => {
  const { open, passTime, ended } = opened(t);
  const [soon, later, never] = [1500, 2500, null].map((until) => reader(null, EVERYTHING, { until }));
  for (const each of [soon, later, never]) if (each) open.add(each.member);

  passTime(1000);
  assert.deepEqual(ended, []);
  passTime(1000);
  assert.deepEqual(ended, [soon?.member]);
  open.stop();
  passTime(5000);
  assert.deepEqual(ended, [soon?.member]);
});

test('a stream ends that is no longer allowed when its account has changed, and is asked about only then', async (t) => {
  const { open, ended } = opened(t);
  const asked: string[] = [];
  const banned = new Set<string>();
  const people = (
    [
      ['a', 1],
      ['b', 1],
      ['c', 2],
      ['d', null],
    ] as const
  ).map(([name, viewer]) => {
    const isStillAllowed = async () => asked.push(name) > 0 && !banned.has(name);
    return reader(viewer, EVERYTHING, { isStillAllowed });
  });
  for (const { member } of people) open.add(member);
  assert.deepEqual(asked.splice(0), ['a', 'b', 'c']);

  for (const name of 'bcd') banned.add(name);
  open.askAgain([1, 7]);
  await breath();
  assert.deepEqual(asked.splice(0), ['a', 'b']);
  assert.deepEqual(ended, [people[1]?.member]);
  open.askAgain();
  await breath();
  assert.deepEqual(asked.splice(0), ['a', 'c', 'd']);
  assert.deepEqual(ended.slice(1), [people[2]?.member, people[3]?.member]);
});

test('a stream ends about which nobody can be asked, and that is told', async (t) => {
  const { open, ended, faults } = opened(t);
  const fault = new Error('away');
  const { member } = reader(1, EVERYTHING, { isStillAllowed: () => Promise.reject(fault) });
  open.add(member);
  await breath();
  assert.deepEqual([ended, faults], [[member], [fault]]);
});

test('open streams are counted, and each is left once', async (t) => {
  const { open } = opened(t);
  const [first, same, other] = [reader(1), reader(1), reader(null)].map(({ member }) => member);
  for (const member of [first, same, other]) if (member) open.add(member);
  assert.deepEqual([open.size, [...open]], [3, [first, same, other]]);

  for (const member of [first, first]) if (member) open.delete(member);
  assert.deepEqual([open.size, [...open]], [2, [same, other]]);
  for (const member of [same, other]) if (member) open.delete(member);
  assert.deepEqual([open.size, [...open]], [0, []]);
});

test('a live reader that falls more than a MiB behind is cut off and told of, and one that falls less behind is not', () => {
  const [fast, slow] = [2 ** 20, 2 ** 20 + 1].map((backlog) => reader(null, EVERYTHING, { backlog: () => backlog }));
  for (const each of [fast, slow]) for (const chunk of [[], []]) each?.member.share(chunk);
  assert.deepEqual([fast?.ends, slow?.ends], [[], ['cut', 'told of']]);
  assert.deepEqual([fast?.chunks.length, slow?.chunks.length], [2, 1]);

  fast?.member.end();
  fast?.member.end();
  fast?.member.share([]);
  fast?.member.send({ type: 'idle', cursor: '1-e', message: null });
  assert.deepEqual([fast?.ends, fast?.chunks.length], [['ended'], 2]);
});

function opened(t: TestContext) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let now = 0;
  const ended: unknown[] = [];
  const faults: unknown[] = [];
  const open = new OpenStreams(
    (subscriber) => {
      ended.push(subscriber);
      open.delete(subscriber);
    },
    { onFault: (fault) => faults.push(fault), now: () => now },
  );
  return {
    open,
    ended,
    faults,
    passTime(ms: number): void {
      now += ms;
      t.mock.timers.tick(ms);
    },
  };
}

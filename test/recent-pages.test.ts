/** What readers who come back at once are read. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { objects } from '../src/feed/formats.ts';
import { Hub } from '../src/feed/hub.ts';
import { MOMENT, MOST_PAGES } from '../src/feed/pace.ts';
import { RecentPages } from '../src/feed/reading.ts';
import type { Stretch } from '../src/feed/stretch.ts';
import type { MessageState, StreamEvent } from '../src/model/change.ts';
import { parseCursor } from '../src/model/cursor.ts';
import { EVERYTHING } from '../src/model/filter.ts';
import { reader } from './support/live-reader.ts';

const NOWHERE = { id: 0, seq: 0 };
const PUBLIC = {
  viewer: null,
  selection: EVERYTHING,
} as const;

test('readers at one place are read one page, until something is committed or the moment is over', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { recent } = counted();
  const headOf = async (place = NOWHERE, who = PUBLIC) => (await recent.read(place, 100, who)).clock.seq;

  assert.deepEqual(await Promise.all(Array.from({ length: 50 }, () => headOf())), Array(50).fill(1));
  recent.forget();
  assert.equal(await headOf(), 2);
  t.mock.timers.tick(MOMENT);
  assert.equal(await headOf(), 3);
  assert.equal(await headOf(), 3);
});

test('readers of different things, or from different places, are read pages of their own', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { recent } = counted();
  const others = [
    [NOWHERE, 100, PUBLIC],
    [{ id: 1, seq: 1 }, 100, PUBLIC],
    [{ id: 1, seq: 2 }, 100, PUBLIC],
    [NOWHERE, 50, PUBLIC],
    [NOWHERE, 100, { ...PUBLIC, viewer: 1 }],
    [NOWHERE, 100, { ...PUBLIC, selection: { ...PUBLIC.selection, topics: ['cats'] } }],
  ] as const;
  for (const [index, [place, limit, who]] of others.entries())
    assert.equal((await recent.read(place, limit, who)).clock.seq, index + 1);
});

test('no more pages are kept than are promised', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { recent, reads } = counted();
  for (let id = 0; id <= MOST_PAGES; id += 1) await recent.read({ id, seq: id }, 100, PUBLIC);
  await recent.read({ id: 0, seq: 0 }, 100, PUBLIC);
  assert.equal(reads(), MOST_PAGES + 1);
  await recent.read({ id: MOST_PAGES, seq: MOST_PAGES }, 100, PUBLIC);
  assert.equal(reads(), MOST_PAGES + 2);
});

test('readers who are handed the same page are told the same, which is put together once, and go on from its end', () => {
  const stretch = {
    clock: { seq: 2, epoch: 'k3x9', horizon: 0 },
    states: [stateOf(1, []), stateOf(2, [7])],
    end: { id: 2, seq: 2 },
  };
  const [one, other] = [reader(null), reader(null)];
  for (const { member } of [one, other]) member.tell(stretch);
  assert.deepEqual([one.told, other.told], [[[1]], [[1]]]);
  assert.equal(one.chunks[0], other.chunks[0]);
  assert.deepEqual([other.member.place, other.member.epoch], [stretch.end, 'k3x9']);
});

test('readers who come back at once, pages behind, are read each page once', async (t) => {
  const MESSAGES = 3;
  const clock = { seq: MESSAGES, epoch: 'k3x9', horizon: 0 };
  const reads: number[] = [];
  const hub = new Hub({
    clock,
    head: async () => clock,
    read: async ({ id }) => {
      reads.push(id);
      const end = id + 1 < MESSAGES ? { id: id + 1, seq: MESSAGES } : { id: MESSAGES, seq: MESSAGES };
      return { clock, states: [stateOf(id + 1, [])], end };
    },
    snapshot: () => assert.fail('nobody needs a look'),
    onOtherHistory: () => {},
    onLostCommits: async () => {},
    onMeasure: () => {},
    onFault: (fault) => assert.fail(String(fault)),
    now: Date.now,
  });
  t.after(() => hub.close());
  const told = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const { subscription, chunks, isLive } = returning();
      await hub.subscribe(subscription);
      await isLive;
      return chunks.flat().flatMap(({ message }) => message?.id ?? []);
    }),
  );
  assert.deepEqual(told, Array(5).fill([1, 2, 3]));
  assert.deepEqual(reads, [0, 1, 2]);
});

test('a reader of a page in which nothing is for them is handed nothing, and goes on from its end', () => {
  const stretch = { clock: { seq: 1, epoch: 'k3x9', horizon: 0 }, states: [stateOf(1, [7])], end: { id: 1, seq: 1 } };
  const [stranger, another] = [reader(8), reader(8)];
  for (const { member } of [stranger, another]) member.tell(stretch);
  assert.deepEqual([stranger.chunks, another.chunks], [[], []]);
  assert.deepEqual(another.member.place, stretch.end);
});

/** A reader who knows nothing yet, and when it has caught up. */
function returning() {
  const chunks: (readonly StreamEvent[])[] = [];
  const live = Promise.withResolvers<void>();
  const write = (chunk: readonly StreamEvent[]) => {
    chunks.push(chunk);
    if (chunk.some(({ type }) => type === 'idle')) live.resolve();
  };
  const open = () => ({
    write,
    backlog: () => 0,
    drained: async () => {},
    end: () => {},
    cut: () => {},
    onClose: () => {},
  });
  const asked = { ...PUBLIC, isStillAllowed: async () => true, until: null, pageSize: 1 };
  return { subscription: { ...asked, cursor: parseCursor('0'), format: objects, open }, chunks, isLive: live.promise };
}

/** A message to these people; to nobody: to all. */
function stateOf(id: number, people: readonly number[]): MessageState {
  const all = { id, seq: id, topics: [], thread: id, replyTo: null };
  const message = { ...all, user: { id: 7, username: 'kitten' }, to: [] };
  return { ...all, deleted: false, userId: 7, audience: people.length, people, message, json: JSON.stringify(message) };
}

/** Pages, each with the head that says the how many-th read it is of. */
function counted() {
  let reads = 0;
  const recent = new RecentPages(async (): Promise<Stretch> => {
    reads += 1;
    return { clock: { seq: reads, epoch: 'k3x9', horizon: 0 }, states: [], end: { id: reads, seq: reads } };
  });
  return { recent, reads: () => reads };
}

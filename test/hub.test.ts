/** What a hub does for its readers besides telling them what is committed: see feed-simulation.test.ts for that. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { objects } from '../src/feed/formats.ts';
import { Hub } from '../src/feed/hub.ts';
import { HEARTBEAT, MOMENT, RETRY } from '../src/feed/pace.ts';
import type { Commit } from '../src/feed/stretch.ts';
import type { Subscription } from '../src/feed/subscriber.ts';
import type { StreamEvent } from '../src/model/change.ts';
import { formatCursor, parseCursor } from '../src/model/cursor.ts';
import { EVERYTHING } from '../src/model/filter.ts';
import { SimulatedHistory } from './support/simulated-history.ts';

const FROM_THE_START = parseCursor('0');

/** Lets everything happen that waits for no timer. */
const breath = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};

test('a hub that closes ends its streams after what was committed, and lets nobody in', async (t) => {
  const { hub, commit, subscribe, reads } = hubOn(t);
  const reader = await subscribe();
  assert.equal(hub.size, 1);
  hub.hand(commit());
  const late = subscribe({ cursor: FROM_THE_START });
  await hub.close();

  await assert.rejects(late, { code: 'unavailable', retryAfter: 1 });
  assert.deepEqual([reader.types, reader.ends, hub.size], [['idle', 'message'], ['ended'], 0]);
  const before = reads.length;
  for (const cursor of [null, FROM_THE_START]) await assert.rejects(subscribe({ cursor }), { code: 'unavailable' });
  hub.look();
  await breath();
  assert.equal(reads.length, before, 'nobody reads for it any more');
});

test('a hub that closes waits for the look that is under way, and looks no more', async (t) => {
  const gate = Promise.withResolvers<void>();
  const { hub, history, subscribe, looks } = hubOn(t, { gate: gate.promise });
  const reader = await subscribe();
  history.post([], []);
  hub.look();
  hub.look();
  let isClosed = false;
  const closed = hub.close().then(() => {
    isClosed = true;
  });
  await breath();
  assert.equal(isClosed, false);
  gate.resolve();
  await closed;
  assert.deepEqual([looks.length, reader.types, reader.ends], [1, ['idle', 'message'], ['ended']]);
});

test('a look that fails is told, and made again half a second later, unless the hub has closed', async (t) => {
  const { hub, history, subscribe, looks, faults, fail, passTime } = hubOn(t);
  const reader = await subscribe();
  history.post([], []);
  fail(1);
  hub.look();
  await breath();
  assert.deepEqual([looks.length, faults.length], [1, 1]);
  passTime(RETRY - 1);
  await breath();
  assert.equal(looks.length, 1);
  passTime(1);
  await breath();
  assert.deepEqual([looks.length, faults.length, reader.types], [2, 1, ['idle', 'message']]);

  fail(1);
  hub.look();
  await breath();
  await hub.close();
  passTime(10 * RETRY);
  await breath();
  assert.deepEqual([looks.length, faults.length], [3, 2]);
});

test('every stream hears every 15 seconds where it stands, until the hub closes', async (t) => {
  const { hub, commit, subscribe, passTime } = hubOn(t);
  const reader = await subscribe();
  hub.hand(commit());
  passTime(HEARTBEAT - 1);
  await breath();
  assert.deepEqual(reader.types, ['idle', 'message']);
  passTime(1);
  assert.deepEqual([reader.types, reader.cursors.at(-1)], [['idle', 'message', 'idle'], '1-e1']);
  passTime(HEARTBEAT);
  assert.equal(reader.types.length, 4);
  await hub.close();
  passTime(HEARTBEAT);
  assert.equal(reader.types.length, 4);
});

test('those who come back at once are read one page, and another one after a commit', async (t) => {
  const { hub, commit, subscribe, reads, passTime } = hubOn(t);
  hub.hand(commit());
  const come = async () => {
    await Promise.all([subscribe({ cursor: FROM_THE_START }), subscribe({ cursor: FROM_THE_START })]);
    await breath();
    return reads.length;
  };
  assert.equal(await come(), 1);
  assert.equal(await come(), 1);
  hub.hand(commit());
  assert.equal(await come(), 2);
  passTime(MOMENT);
  assert.equal(await come(), 3);
  await hub.close();
});

test('a reader for whom a page is not enough is told of before it is read more, and when it has caught up', async (t) => {
  const { hub, commit, subscribe } = hubOn(t);
  for (let count = 0; count < 5; count++) hub.hand(commit());
  for (const [pageSize, cursor, replays] of [
    [2, FROM_THE_START, ['begun', 'over']],
    [100, FROM_THE_START, []],
    [2, parseCursor('5'), []],
    [2, parseCursor('0-other'), []],
    [2, null, []],
  ] as const) {
    const told: string[] = [];
    const beforeReplay = () => {
      told.push('begun');
      return () => void told.push('over');
    };
    await subscribe({ cursor, pageSize, beforeReplay });
    await breath();
    assert.deepEqual(told, replays);
  }
  await hub.close();
});

test('commits that the database has lost are found out by the next one, which begins another history', async (t) => {
  const { hub, history, commit, subscribe, lost } = hubOn(t);
  const reader = await subscribe();
  for (let count = 0; count < 3; count++) hub.hand(commit());
  await breath();
  assert.deepEqual(reader.types, ['idle', 'message', 'message', 'message']);

  const stale = { ...commit(), from: 2 };
  hub.hand(stale);
  await breath();
  assert.deepEqual(lost, ['e1']);
  history.restore(2);
  hub.look();
  await breath();
  assert.deepEqual([reader.types.at(-2), reader.types.at(-1), reader.cursors.at(-1)], ['message', 'reset', '2-e2']);
  await hub.close();
});

test('what is told is measured, and so is who is cut off', async (t) => {
  const { hub, commit, subscribe, measures, changes } = hubOn(t);
  const slow = await subscribe({}, 2 ** 20 + 1);
  hub.hand(commit());
  await breath();
  assert.deepEqual(measures, [{ kind: 'told', seconds: 2 }, { kind: 'cut-off' }]);
  assert.deepEqual([slow.ends, hub.size, changes], [['cut'], 0, ['message']]);
  await hub.close();
});

interface Trouble {
  /** What looks wait for. */
  readonly gate?: Promise<void>;
}

/** A hub on a board in memory, and all that it says. */
function hubOn(t: TestContext, { gate }: Trouble = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const history = new SimulatedHistory();
  const reads: string[] = [];
  const looks: string[] = [];
  const lost: string[] = [];
  const changes: string[] = [];
  const faults: unknown[] = [];
  const measures: unknown[] = [];
  let failures = 0;
  const hub = new Hub({
    clock: history.clock,
    head: async () => history.clock,
    read: async (place, limit, sight) => {
      reads.push(formatCursor(place, 'e'));
      return history.read('id and seq', place, limit, sight);
    },
    snapshot: async (body) => {
      looks.push('look');
      if (failures-- > 0) throw new Error('the database is away');
      await gate;
      return body({
        read: async (place, limit, sight) => history.read('id and seq', place, limit, sight),
        changedAccounts: async (since) => history.accountsChangedSince(since),
      });
    },
    onOtherHistory: () => {},
    onLostCommits: async (epoch) => void lost.push(epoch),
    onChange: ({ type }) => void changes.push(type),
    onMeasure: (measure) => void measures.push(measure),
    onFault: (fault) => void faults.push(fault),
    now: () => Date.parse('2026-11-23T21:37:04.565Z'),
  });
  return {
    hub,
    history,
    reads,
    looks,
    lost,
    changes,
    faults,
    measures,
    passTime: (ms: number) => t.mock.timers.tick(ms),
    fail(times: number): void {
      failures = times;
    },
    /** A message for everybody, committed by this process. */
    commit(): Commit {
      const from = history.clock.seq;
      const state = history.post([], []);
      const { clock } = history;
      return { from, clock, states: [state], end: { id: clock.seq, seq: clock.seq }, accounts: [], quiet: 0 };
    },
    async subscribe(asked: Partial<Subscription<readonly StreamEvent[]>> = {}, backlog = 0) {
      const events: StreamEvent[] = [];
      const ends: string[] = [];
      let onClose = () => {};
      const outlet = {
        write: (chunk: readonly StreamEvent[]) => void events.push(...chunk),
        backlog: () => backlog,
        drained: async () => {},
        end: () => void ends.push('ended'),
        cut: () => {
          ends.push('cut');
          onClose();
        },
        onClose: (listener: () => void) => {
          onClose = listener;
        },
      };
      const usual = {
        viewer: null,
        selection: EVERYTHING,
        isStillAllowed: async () => true,
        until: null,
        cursor: null,
      };
      await hub.subscribe({ ...usual, format: objects, pageSize: 100, open: () => outlet, ...asked });
      return {
        ends,
        get types() {
          return events.map(({ type }) => type);
        },
        get cursors() {
          return events.map(({ cursor }) => cursor);
        },
      };
    },
  };
}

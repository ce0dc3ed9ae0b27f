/** When a poll is answered, and with what. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { Collector } from '../src/board/collector.ts';
import type { StreamEvent } from '../src/model/change.ts';

const idle = (id: number): StreamEvent => ({ type: 'idle', cursor: `${id}-e`, message: null });
const reset = (id: number): StreamEvent => ({ type: 'reset', cursor: `${id}-e`, reason: 'pruned', message: null });

test('a poll with a limit has so many events, and the cursor of the last of them', async (t) => {
  const { collector, state } = opened(t, { limit: 2 });
  collector.write([reset(1)]);
  assert.equal(await state(), 'open');
  collector.write([reset(2), reset(3)]);
  assert.deepEqual(await state(), { events: [reset(1), reset(2)], cursor: '2-e' });
});

test('a poll waits for a first event as long as it may, and takes it at once', async (t) => {
  const { collector, state, passTime } = opened(t);
  collector.write([idle(1)]);
  passTime(999);
  collector.write([idle(2)]);
  assert.equal(await state(), 'open');
  collector.write([reset(3)]);
  assert.deepEqual(await state(), { events: [reset(3)], cursor: '3-e' });
});

test('a poll for which nothing happened has the last cursor', async (t) => {
  const { collector, state, passTime } = opened(t);
  collector.write([idle(1)]);
  passTime(500);
  collector.write([idle(2)]);
  passTime(500);
  assert.deepEqual(await state(), { events: [], cursor: '2-e' });
});

test('a poll that catches up is answered once it has, whatever it has, and does not wait where it may not', async (t) => {
  const { collector, state } = opened(t);
  collector.write([reset(1)]);
  collector.write([reset(2)]);
  assert.equal(await state(), 'open');
  collector.write([idle(3)]);
  assert.deepEqual(await state(), { events: [reset(1), reset(2)], cursor: '3-e' });

  const hasty = opened(t, { waitMs: 0 });
  hasty.collector.write([idle(1)]);
  assert.deepEqual(await hasty.state(), { events: [], cursor: '1-e' });
});

test('a poll that is no longer asked for ends with what there is, or with the first cursor that comes', async (t) => {
  const asked = new AbortController();
  const { collector, state } = opened(t, { signal: asked.signal });
  collector.write([idle(1)]);
  assert.equal(await state(), 'open');
  asked.abort();
  assert.deepEqual(await state(), { events: [], cursor: '1-e' });

  const early = new AbortController();
  const second = opened(t, { signal: early.signal });
  early.abort();
  assert.equal(await second.state(), 'open');
  second.collector.write([idle(1)]);
  assert.deepEqual(await second.state(), { events: [], cursor: '1-e' });
});

test('a poll that is cut off before it has a cursor fails with unavailable, and leaves in any case', async (t) => {
  const { collector, state, left } = opened(t);
  collector.cut();
  assert.equal(await state(), 'unavailable');
  assert.equal(left(), 1);
});

/** A poll, and what has become of it. */
function opened(t: TestContext, bounds: { limit?: number; waitMs?: number; signal?: AbortSignal } = {}) {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const collector = new Collector({ limit: 100, waitMs: 1000, ...bounds });
  let left = 0;
  collector.onClose(() => left++);
  const result = collector.result.catch(({ code }) => code);
  return {
    collector,
    left: () => left,
    passTime: (ms: number) => t.mock.timers.tick(ms),
    /** Its answer, or that it is still open, once all has happened that waits for no timer. */
    async state() {
      const breath = new Promise((resolve) => setImmediate(resolve, 'open'));
      const answer = await Promise.race([result, breath]);
      if (answer !== 'open') assert.equal(left, 1);
      return answer;
    },
  };
}

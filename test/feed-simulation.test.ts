import assert from 'node:assert/strict';
import { on } from 'node:events';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { numberSetting } from './support/settings.ts';
import type { ReadOrder } from './support/simulated-history.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 9e8));
const SEEDS = 5000;
const CONTROL_SEEDS = 300;

/** What a simulation told of one seed. */
interface Story {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly seen: readonly string[];
}

test(`${SEEDS} histories: whoever is cut at whatever moment gets each message once, and ends exact`, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const seen = new Set<string>();

  for await (const story of simulate(SEEDS, 'id and seq')) {
    assert.deepEqual(story.faults, [], `MSGBOARD_SEED=${story.seed} begins with this one`);
    for (const what of story.seen) seen.add(what);
  }
  assert.deepEqual([...seen].sort(), [
    'cut in the middle of catching up',
    'delete',
    'edit',
    'idle',
    'message',
    'reset',
    'reset: history',
    'reset: pruned',
  ]);
});

test('led through by seq alone, nearly all of them go wrong', async (t) => {
  let wrong = 0;
  for await (const { faults } of simulate(CONTROL_SEEDS, 'seq')) if (faults.length > 0) wrong++;

  t.diagnostic(`${wrong} of ${CONTROL_SEEDS} seeds`);
  assert.ok(wrong > CONTROL_SEEDS * 0.8, `only ${wrong} of ${CONTROL_SEEDS} did, MSGBOARD_SEED=${SEED}`);
});

async function* simulate(count: number, order: ReadOrder): AsyncGenerator<Story> {
  const worker = new Worker(new URL('./support/simulate.ts', import.meta.url), {
    workerData: { first: SEED, count, order },
  });
  try {
    for await (const [story] of on(worker, 'message', { close: ['exit'] })) yield story as Story;
  } finally {
    await worker.terminate();
  }
}

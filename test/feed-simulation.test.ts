import assert from 'node:assert/strict';
import test from 'node:test';
import type { ReadOrder } from './support/simulated-history.ts';
import { FIRST_SEED, replayOf, seeds, stories } from './support/stories.ts';

/** So many tell of all that can happen. */
const USUAL_SEEDS = 7000;
const SEEDS = seeds(USUAL_SEEDS);
const CONTROL_SEEDS = 300;

/** What a simulation told of one seed. */
interface Story {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly seen: readonly string[];
}

test(`${SEEDS} histories: whoever is cut at whatever moment gets each message once, and ends exact`, async () => {
  const seen = new Set<string>();

  for await (const story of simulate(SEEDS, 'id and seq')) {
    assert.deepEqual(story.faults, [], replayOf(story.seed));
    for (const what of story.seen) seen.add(what);
  }
  if (SEEDS < USUAL_SEEDS) return;
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
  assert.ok(wrong > CONTROL_SEEDS * 0.8, `only ${wrong} of ${CONTROL_SEEDS} did, from ${FIRST_SEED}`);
});

function simulate(count: number, order: ReadOrder): AsyncGenerator<Story> {
  return stories('simulate.ts', { first: FIRST_SEED, count, order });
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { ClusterStory } from './support/cluster/cluster.ts';
import { MISTAKES, type Mistake } from './support/cluster/mistakes.ts';
import { FIRST_SEED, replayOf, seeds, stories } from './support/stories.ts';

const SEEDS = seeds(3000);
const CONTROL_SEEDS = 100;

test(`${SEEDS} stories of a cluster: what is acknowledged is there once, in one order, and followers end exact`, async () => {
  for await (const { seed, faults, story } of simulate(FIRST_SEED, SEEDS)) {
    assert.deepEqual(faults, [], `${replayOf(seed)}:\n${story.join('\n')}`);
  }
});

test('a seed always tells the same story, and together they tell of all that can happen', async () => {
  const [all, again] = [await storiesFrom(FIRST_SEED, 200), await storiesFrom(FIRST_SEED + 190, 10)];
  assert.deepEqual(again, all.slice(-10));

  const told = all.flatMap(({ story }) => story);
  for (const what of [
    /^committed up to/,
    /^node \d+ crashes/,
    /^a connection to the database breaks/,
    /^the database fails at/,
    /^the database goes away/,
    /^a bell is broken/,
    /^a stream breaks/,
    /^a stream falls silent/,
    /^author \d has its post .* acknowledged/,
    /^author \d has its post .* unknown/,
    /^author \d has its edit .* acknowledged/,
    /^author \d has its edit .* refused/,
    /^author \d has its delete .* acknowledged/,
    /^follower \d hears message/,
    /^follower \d hears edit/,
    /^follower \d hears delete/,
    /^follower \d hears message .* at \d+\.\d+-/,
    /^follower \d starts again/,
  ]) {
    assert.ok(
      told.some((line) => what.test(line)),
      `nothing like ${what} in 200 stories from ${FIRST_SEED}`,
    );
  }
});

for (const mistake of MISTAKES) {
  test(`with a mistake in it (${mistake}) a good share of them goes wrong`, async (t) => {
    let wrong = 0;
    for await (const { faults } of simulate(FIRST_SEED, CONTROL_SEEDS, mistake)) if (faults.length > 0) wrong++;

    t.diagnostic(`${wrong} of ${CONTROL_SEEDS} seeds`);
    assert.ok(wrong > CONTROL_SEEDS * 0.08, `only ${wrong} of ${CONTROL_SEEDS} did, from ${FIRST_SEED}`);
  });
}

function simulate(first: number, count: number, mistake: Mistake | null = null): AsyncGenerator<ClusterStory> {
  return stories('cluster/simulate.ts', { first, count, mistake });
}

function storiesFrom(first: number, count: number): Promise<ClusterStory[]> {
  return Array.fromAsync(simulate(first, count));
}

import assert from 'node:assert/strict';
import test from 'node:test';
import { passingTime } from '../support/passing-time.ts';
import { Simulation } from '../support/simulation.ts';

const SEEDS_AT_ONCE = 10;

for (let first = 1; first < 150; first += SEEDS_AT_ONCE) {
  test(`histories from seed ${first}: whoever is cut gets each message once, and ends exact`, async ({ mock }) => {
    const passTime = passingTime(mock);
    for (let seed = first; seed < first + SEEDS_AT_ONCE; seed++) {
      assert.deepEqual((await new Simulation(seed, 'id and seq', passTime).run()).faults, [], `${seed}`);
    }
  });
}

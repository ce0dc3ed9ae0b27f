/**
 * A thread that simulates histories, one seed after the other, and tells what came of each. It is one because the test
 * runner follows every promise of a test, which makes them take three times as long.
 */
import { mock } from 'node:test';
import { parentPort, workerData } from 'node:worker_threads';
import { passingTime } from './passing-time.ts';
import { Simulation } from './simulation.ts';

const { first, count, order } = workerData;
/** Time passes when a simulation says so: the same seed is the same story. */
const passTime = passingTime(mock);

for (let seed = first; seed < first + count; seed++) {
  parentPort?.postMessage({ seed, ...(await new Simulation(seed, order, passTime).run()) });
}

/**
 * A thread that simulates histories, one seed after the other, and tells what came of each. It is one because the test
 * runner follows every promise of a test, which makes them take three times as long.
 */
import { mock } from 'node:test';
import { parentPort, workerData } from 'node:worker_threads';
import { Simulation } from './simulation.ts';

const { first, count, order } = workerData;
let now = 0;
mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
mock.method(performance, 'now', () => now);

/** Time passes when a simulation says so: the same seed is the same story. */
const passTime = (ms: number) => {
  now += ms;
  mock.timers.tick(ms);
};
for (let seed = first; seed < first + count; seed++) {
  parentPort?.postMessage({ seed, ...(await new Simulation(seed, order, passTime).run()) });
}

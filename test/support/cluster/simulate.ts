/**
 * A thread that tells stories of a cluster, one seed after the other. It is one because the test runner follows every
 * promise of a test, which makes them take three times as long, and because time and chance are its own.
 */
import { syncBuiltinESMExports } from 'node:module';
import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Cluster } from './cluster.ts';
import { Scheduler } from './scheduler.ts';

const { first, count, mistake } = workerData;
const BEGIN = Date.parse('2026-11-23T21:37:02.565Z');

// Errors are many here, and nobody reads where they came from.
Error.stackTraceLimit = 0;
let scheduler = new Scheduler(first);
Math.random = () => scheduler.random.next();
performance.now = () => Date.now() - BEGIN;
AbortSignal.timeout = (ms) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException('It took too long.', 'TimeoutError')), ms);
  return controller.signal;
};

for (let seed = first; seed < first + count; seed++) {
  scheduler = new Scheduler(seed);
  // Time passes when a story says so, and the timers that one leaves behind end with it: the same seed is the same story.
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: BEGIN });
  // For those who import timers by name.
  syncBuiltinESMExports();
  const told = await new Cluster(scheduler, mistake, (ms) => mock.timers.tick(ms)).run();
  // What is left over clears its timers now: later, Node's mock would take the next story's timers for them.
  await nextTurn();
  mock.timers.reset();
  parentPort?.postMessage({ seed, ...told });
}

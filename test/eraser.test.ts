/** When a board cleans its files of what was deleted, and what it does where it cannot. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Eraser } from '../src/store/eraser.ts';

/** An eraser whose tries end as they are told to, on a clock that is moved by hand. */
function erasing(t: TestContext, ends: (() => Promise<boolean>)[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const told: unknown[] = [];
  let tries = 0;
  const eraser = new Eraser(
    () => {
      tries += 1;
      return ends.shift()?.() ?? Promise.resolve(true);
    },
    (fault) => told.push(fault),
  );
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    await nextTurn();
    return tries;
  };
  return { eraser, told, pass };
}

test('what is deleted within two seconds is erased at once, and nothing where nothing was deleted', async (t) => {
  const { eraser, told, pass } = erasing(t, []);
  assert.equal(await pass(60_000), 0);
  eraser.note();
  assert.equal(await pass(1000), 0);
  eraser.note();
  assert.equal(await pass(1000), 1);
  assert.equal(await pass(60_000), 1);
  eraser.note();
  assert.equal(await pass(1999), 1);
  assert.equal(await pass(1), 2);
  assert.deepEqual(told, []);
});

test('what could not be erased is tried again every two seconds until it is gone; a fault is told', async (t) => {
  const fault = new Error('no cats');
  const { eraser, told, pass } = erasing(t, [async () => false, async () => Promise.reject(fault), async () => false]);
  eraser.note();
  assert.equal(await pass(2000), 1);
  assert.deepEqual(told, []);
  assert.equal(await pass(2000), 2);
  assert.deepEqual(told.splice(0), [fault]);
  assert.equal(await pass(1999), 2);
  assert.equal(await pass(1), 3);
  assert.equal(await pass(2000), 4);
  assert.equal(await pass(60_000), 4);
  assert.deepEqual(told, []);
});

test('one that is stopped begins no more, and is stopped only once what it began has ended', async (t) => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { eraser, pass } = erasing(t, [() => promise]);
  eraser.note();
  assert.equal(await pass(2000), 1);
  let isStopped = false;
  const stopped = eraser.stop().then(() => {
    isStopped = true;
  });
  await nextTurn();
  assert.equal(isStopped, false);
  resolve(false);
  await stopped;
  assert.equal(await pass(60_000), 1);
});

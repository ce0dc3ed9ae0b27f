/** How many readers begin at once, and how many of a crowd in one turn of the event loop. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turnstile } from '../src/feed/turnstile.ts';
import { passingTime } from './support/passing-time.ts';

function opened(atOnce: number, most: number) {
  const turnstile = new Turnstile({ atOnce, most });
  const passed: number[] = [];
  const come = async (who: number) => {
    await turnstile.pass();
    passed.push(who);
  };
  return { turnstile, passed, come };
}

test('some pass at once, and a crowd in its order after 20 ms, so many in each turn', async (t) => {
  const passTime = passingTime(t.mock);
  const { passed, come } = opened(2, 3);
  for (const who of [1, 2, 3, 4]) void come(who);
  await nextTurn();
  assert.deepEqual(passed, [1, 2]);
  passTime(19);
  for (const who of [5, 6, 7]) void come(who);
  await nextTurn();
  assert.deepEqual(passed, [1, 2]);
  passTime(1);
  // Whoever comes now waits behind those who do.
  void come(8);
  await Promise.resolve();
  assert.deepEqual(passed, [1, 2, 3, 4, 5]);
  await nextTurn();
  assert.deepEqual(passed, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('the crowd of the next 20 ms waits, too', async (t) => {
  const passTime = passingTime(t.mock);
  const { passed, come } = opened(1, 3);
  for (const who of [1, 2]) void come(who);
  passTime(20);
  for (const who of [3, 4]) void come(who);
  await nextTurn();
  assert.deepEqual(passed, [1, 2]);
  passTime(20);
  await nextTurn();
  assert.deepEqual(passed, [1, 2, 3, 4]);
});

test('whoever comes alone passes at once, however many came before', async (t) => {
  const passTime = passingTime(t.mock);
  const { turnstile, passed, come } = opened(2, 2);
  for (const who of [1, 2, 3]) void come(who);
  assert.equal(turnstile.isUsed, true);
  passTime(20);
  await nextTurn();
  assert.deepEqual(passed, [1, 2, 3]);
  // The crowd is over once nobody has come for as long.
  passTime(20);
  for (let n = 0; n < 5; n++) {
    assert.equal(turnstile.isUsed, false);
    assert.equal(turnstile.pass(), null);
    assert.equal(turnstile.isUsed, true);
    await nextTurn();
  }
});

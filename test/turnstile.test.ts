/** How many readers begin in one turn of the event loop. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turnstile } from '../src/feed/turnstile.ts';

test('so many pass at once, and the others in their order, as many in each turn that follows', async () => {
  const turnstile = new Turnstile(2);
  const passed: number[] = [];
  const come = async (who: number) => {
    await turnstile.pass();
    passed.push(who);
  };
  for (const who of [1, 2, 3, 4, 5]) void come(who);
  await Promise.resolve();
  assert.deepEqual(passed, [1, 2]);
  await nextTurn();
  // Whoever comes now waits behind those who do.
  for (const who of [6, 7]) void come(who);
  await Promise.resolve();
  assert.deepEqual(passed, [1, 2, 3, 4]);
  await nextTurn();
  assert.deepEqual(passed, [1, 2, 3, 4, 5, 6]);
  await nextTurn();
  assert.deepEqual(passed, [1, 2, 3, 4, 5, 6, 7]);
});

test('whoever comes when nobody does passes at once, however many came before', async () => {
  const turnstile = new Turnstile(1);
  for (let n = 0; n < 3; n++) {
    assert.equal(turnstile.isUsed, false);
    assert.equal(turnstile.pass(), null);
    assert.equal(turnstile.isUsed, true);
    await nextTurn();
  }
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Doorbell } from '../src/feed/doorbells/doorbell.ts';

test('under load a bell rings for many commits at once, and for the last of them', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let commits = 0;
  const rungAfter: number[] = [];
  const bell = new Doorbell(
    async ({ hear }) => ({
      async say(word) {
        rungAfter.push(commits);
        hear(word);
      },
      async close() {},
    }),
    { onRing: () => {}, onTrouble: (sentence) => assert.fail(sentence) },
  );
  const commit = async () => {
    commits += 1;
    bell.ring();
    await turn();
  };
  await turn();
  assert.deepEqual(rungAfter, [0], 'a line that was opened is tried');

  for (let n = 0; n < 50; n++) await commit();
  assert.deepEqual(rungAfter, [0]);
  t.mock.timers.tick(5);
  await turn();
  assert.deepEqual(rungAfter, [0, 50]);

  t.mock.timers.tick(5);
  await turn();
  await commit();
  assert.deepEqual(rungAfter, [0, 50, 51], 'a lone one is rung for at once');
  await bell.stop();
});

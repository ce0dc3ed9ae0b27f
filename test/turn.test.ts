import assert from 'node:assert/strict';
import test from 'node:test';
import { atEndOfTurn, nextTurn } from '../src/model/turn.ts';

test('what is to go out goes out before whoever waits for the next turn goes on', async () => {
  const story: string[] = [];
  const waited = [nextTurn(), nextTurn()].map(async (turn, index) => {
    await turn;
    story.push(`waiter ${index}`);
  });
  for (const index of [0, 1]) atEndOfTurn(() => story.push(`letter ${index}`));
  await Promise.all(waited);
  assert.deepEqual(story, ['letter 0', 'letter 1', 'waiter 0', 'waiter 1']);
});

test('what is asked for as a turn ends is for the next', async () => {
  const story: string[] = [];
  atEndOfTurn(() => {
    story.push('first');
    atEndOfTurn(() => story.push('third'));
  });
  await nextTurn();
  story.push('second');
  await nextTurn();
  assert.deepEqual(story, ['first', 'second', 'third']);
});

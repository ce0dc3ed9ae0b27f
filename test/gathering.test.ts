/** When what many readers are told goes out, and how often the database is asked whether there is anything to tell. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { pollingDoorbell } from '../src/feed/doorbells/polling.ts';
import { Gatherer } from '../src/feed/gatherer.ts';
import { passingTime } from './support/passing-time.ts';

const nobody = { isUsed: false };

/** Lets everything happen that waits for no timer. */
const breath = () => new Promise((resolve) => setImmediate(resolve));

test('what comes in one breath goes out at once and together, and after much for one reader what follows gathers for 5 ms', async (t) => {
  const passTime = passingTime(t.mock);
  const told: string[] = [];
  const gatherer = new Gatherer<string>((item) => told.push(item), nobody);
  passTime(1000);

  gatherer.add('a');
  gatherer.add('b');
  gatherer.add('a');
  assert.deepEqual(told, []);
  await breath();
  assert.deepEqual(told, ['a', 'b']);

  passTime(2);
  gatherer.add('c');
  await breath();
  passTime(2);
  gatherer.add('d');
  await breath();
  assert.deepEqual(told, ['a', 'b']);
  passTime(1);
  assert.deepEqual(told, ['a', 'b', 'c', 'd']);

  // None of these was told of two things at once: that is not much.
  gatherer.add('e');
  await breath();
  gatherer.add('f');
  await breath();
  assert.deepEqual(told, ['a', 'b', 'c', 'd', 'e', 'f']);

  gatherer.add('g');
  gatherer.add('g');
  await breath();
  passTime(5);
  gatherer.add('h');
  await breath();
  assert.deepEqual(told, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
});

test('while readers come, what follows a flush gathers for three times as long, 0.4 s at most', async (t) => {
  const passTime = passingTime(t.mock);
  for (const [took, doCome, wait] of [
    [20, true, 60],
    [60, true, 180],
    [500, true, 400],
    [500, false, 0],
  ] as const) {
    const told: string[] = [];
    const flush = (item: string) => {
      told.push(item);
      if (item === 'a') passTime(took);
    };
    const gatherer = new Gatherer<string>(flush, { isUsed: doCome });
    gatherer.add('a');
    await breath();
    gatherer.add('b');
    await breath();
    if (wait > 0) {
      passTime(wait - 1);
      assert.deepEqual(told, ['a'], `${took} ms`);
      passTime(1);
    }
    assert.deepEqual(told, ['a', 'b'], `${took} ms`);
  }
});

test('what is asked for goes out before its time, once, and nothing has to be there', async (t) => {
  const passTime = passingTime(t.mock);
  const told: string[] = [];
  const gatherer = new Gatherer<string>((item) => told.push(item), nobody);

  passTime(1);
  gatherer.add('a');
  gatherer.flush();
  assert.deepEqual(told, ['a']);
  passTime(5);
  await breath();
  assert.deepEqual(told, ['a']);

  // A flush of nothing takes nobody's turn.
  gatherer.flush();
  gatherer.add('b');
  await breath();
  assert.deepEqual(told, ['a', 'b']);
});

test('a mark rings when it is first had and when it is another one, until the bell is stopped', async (t) => {
  const passTime = passingTime(t.mock);
  let mark = 7;
  let rung = 0;
  const bell = pollingDoorbell(
    async () => mark,
    100,
    () => rung++,
    () => assert.fail('there is no fault'),
  );
  const after = async (ms: number) => {
    passTime(ms);
    await breath();
    return rung;
  };

  assert.equal(await after(99), 0);
  assert.equal(await after(1), 1);
  assert.equal(await after(100), 1);
  mark = 8;
  assert.equal(await after(100), 2);
  bell.stop();
  mark = 9;
  assert.equal(await after(500), 2);
});

test('a mark is asked for one at a time, and one that cannot be had is told once, until it can be had again', async (t) => {
  const passTime = passingTime(t.mock);
  const answers: PromiseWithResolvers<number>[] = [];
  const faults: unknown[] = [];
  let rung = 0;
  const bell = pollingDoorbell(
    () => {
      const answer = Promise.withResolvers<number>();
      answers.push(answer);
      return answer.promise;
    },
    100,
    () => rung++,
    (fault) => faults.push(fault),
  );
  const next = async (answer: number | Error) => {
    passTime(100);
    if (answer instanceof Error) answers.at(-1)?.reject(answer);
    else answers.at(-1)?.resolve(answer);
    await breath();
    return [answers.length, rung, faults.length];
  };

  passTime(300);
  assert.equal(answers.length, 1);
  answers[0]?.resolve(1);
  await breath();
  assert.deepEqual(await next(1), [2, 1, 0]);
  assert.deepEqual(await next(new Error('away')), [3, 1, 1]);
  assert.deepEqual(await next(new Error('still away')), [4, 1, 1]);
  assert.deepEqual(await next(1), [5, 1, 1]);
  assert.deepEqual(await next(new Error('away again')), [6, 1, 2]);
  assert.deepEqual(await next(2), [7, 2, 2]);
  bell.stop();
});

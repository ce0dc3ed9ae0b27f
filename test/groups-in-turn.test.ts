/** Groups of writes follow each other: a server begins with one while whoever wrote before it is told. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DatabaseConnection } from 'kysely';
import { Batch } from '../src/store/batch.ts';
import { Committer } from '../src/store/committer.ts';
import { Transaction } from '../src/store/transaction.ts';
import type { Write } from '../src/store/write.ts';
import { Writer } from '../src/store/writer.ts';

const WRITE: Write<number> = {
  needs: {},
  rows: 1,
  decide: (batch) =>
    batch.post({ userId: 1, text: '', data: null, topics: [], replyTo: null, thread: null, audience: 0, people: [] })
      .id,
};

interface Options {
  readonly isElsewhere: boolean;
  /** What a transaction waits for. */
  readonly work: (transaction: number) => Promise<unknown>;
}

/** A writer on a database of which there is a clock alone, and what happens to it, in order. */
function open({ isElsewhere, work }: Options) {
  const story: string[] = [];
  const connection: DatabaseConnection = {
    executeQuery: () => Promise.reject(new Error('there is no statement')),
    async *streamQuery() {},
  };
  let begun = 0;
  let clock = { one: 1, seq: 0, epoch: 'aaaa', horizon: 0, last_user_id: 1 };
  let batch = new Batch(clock, 0);
  const committer = new Committer({
    log: null,
    foresight: null,
    mayChain: false,
    now: () => 0,
    sql: {
      async load() {
        batch = new Batch(clock, 0);
        return batch;
      },
      expect: () => false,
      async flush() {},
    },
    async transact(body) {
      begun += 1;
      const name = `transaction ${begun}`;
      story.push(`${name} begins`);
      const result = await body(new Transaction(connection, false, Promise.resolve()));
      await work(begun);
      clock = batch.clock;
      story.push(`${name} is committed`);
      return result;
    },
  });
  const writer = new Writer({
    committer,
    isElsewhere,
    onMeasure: () => {},
    onCommit: ({ to }) => story.push(`the board hears of ${to}`),
  });
  const write = async () => {
    const id = await writer.submit(WRITE);
    story.push(`the writer of ${id} hears of it`);
  };
  return { story, write };
}

/** Has somebody write while the one before is being committed. */
async function oneAfterTheOther({ isElsewhere }: Pick<Options, 'isElsewhere'>): Promise<readonly string[]> {
  const gate = Promise.withResolvers<void>();
  const { story, write } = open({
    isElsewhere,
    work: (transaction) => (transaction === 1 ? gate.promise : nextTurn()),
  });
  const first = write();
  while (story.length === 0) await nextTurn();
  const second = write();
  gate.resolve();
  await Promise.all([first, second]);
  return story;
}

/** Where the board stood after each commit. */
function headsHeardOf(story: readonly string[]): number[] {
  return story.flatMap((event) => /^the board hears of (\d+)$/.exec(event)?.[1] ?? []).map(Number);
}

test('a server has the next group before whoever is in the last is told', async () => {
  assert.deepEqual((await oneAfterTheOther({ isElsewhere: true })).slice(0, 5), [
    'transaction 1 begins',
    'transaction 1 is committed',
    'transaction 2 begins',
    'the board hears of 1',
    'the writer of 1 hears of it',
  ]);
});

test('a file, which keeps this process busy, has it afterwards', async () => {
  assert.deepEqual(await oneAfterTheOther({ isElsewhere: false }), [
    'transaction 1 begins',
    'transaction 1 is committed',
    'the board hears of 1',
    'the writer of 1 hears of it',
    'transaction 2 begins',
    'transaction 2 is committed',
    'the board hears of 2',
    'the writer of 2 hears of it',
  ]);
});

test('a server has half of all who write in a group, and a file all who wait', async () => {
  for (const [isElsewhere, expected] of [
    [true, [1, 4, 6]],
    [false, [1, 6]],
  ] as const) {
    const gate = Promise.withResolvers<void>();
    const { story, write } = open({ isElsewhere, work: (number) => (number === 1 ? gate.promise : nextTurn()) });
    const first = write();
    while (story.length === 0) await nextTurn();
    const others = [write(), write(), write(), write(), write()];
    gate.resolve();
    await Promise.all([first, ...others]);
    assert.deepEqual(headsHeardOf(story), expected);
  }
});

test('however fast a group is committed, or fails and is tried one by one, the board hears of all in order', async () => {
  for (const failing of [[], [2], [3], [2, 5]]) {
    const gate = Promise.withResolvers<void>();
    const { story, write } = open({
      isElsewhere: true,
      work: async (transaction) => {
        if (transaction === 1) await gate.promise;
        if (failing.includes(transaction)) throw new Error('no cats');
      },
    });
    const writes = [write()];
    while (story.length === 0) await nextTurn();
    writes.push(write(), write());
    gate.resolve();
    await writes[0];
    writes.push(write(), write());
    const outcomes = await Promise.allSettled(writes);
    const heard = headsHeardOf(story);
    assert.equal(heard.at(-1), outcomes.filter(({ status }) => status === 'fulfilled').length, `${failing}`);
    assert.deepEqual(
      heard,
      heard.toSorted((one, other) => one - other),
      `${failing}`,
    );
  }
});

/**
 * A writer that knows what each group leaves, and how many writes it has sent in each.
 *
 * @param work - what a group of so many waits for.
 */
function openKnowing(work: (writes: number) => Promise<unknown>) {
  const sent: number[] = [];
  const writer = new Writer({
    committer: {
      chains: true,
      async commit(writes, { onIssued }) {
        sent.push(writes.length);
        onIssued();
        await work(writes.length);
        const commit = { from: 0, to: 0, epoch: 'aaaa', horizon: 0, messages: [], users: [], quiet: 0 };
        return { outcomes: writes.map(() => ({ result: 1 })), commit };
      },
    },
    isElsewhere: true,
    onMeasure: () => {},
    onCommit: () => {},
  });
  const write = (count: number) => Array.from({ length: count }, () => writer.submit(WRITE));
  return { sent, write };
}

test('where it is known what they leave, groups are sent behind others, each once a fourth of all who write wait for it', async () => {
  const answers: (() => void)[] = [];
  const { sent, write } = openKnowing(() => new Promise<void>((resolve) => answers.push(resolve)));
  const turns = async () => {
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };

  const writes = write(9);
  await turns();
  assert.deepEqual(sent, [5, 4], 'each has half of all who write at most');
  answers.shift()?.();
  writes.push(...write(1));
  await turns();
  assert.deepEqual(sent, [5, 4], '1 of 5 is too few');
  writes.push(...write(1));
  await turns();
  assert.deepEqual(sent, [5, 4, 2]);
  writes.push(...write(100));
  await turns();
  assert.deepEqual(sent, [5, 4, 2], 'no more than two are under way');
  answers.shift()?.();
  await turns();
  assert.deepEqual(sent, [5, 4, 2, 51]);
  for (let answer = answers.shift(); answer; answer = answers.shift()) {
    answer();
    await turns();
  }
  await Promise.all(writes);
});

test('while those of a group that failed are tried one by one, nothing is sent among them', async () => {
  const { sent, write } = openKnowing(async (count) => {
    await nextTurn();
    if (count === 2) throw new Error('no cats');
  });
  const writes = write(3);
  await writes[0];
  writes.push(...write(6));
  await Promise.all(writes);
  assert.deepEqual(sent.slice(0, 4), [2, 1, 1, 4]);
});

/** What a board remembers of its database, and when it asks again. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { People } from '../src/board/people.ts';
import { RecentAnswers } from '../src/board/recent-answers.ts';
import type { Message } from '../src/model/message.ts';
import type { SingleRow } from '../src/store/messages.ts';
import type { UserRow } from '../src/store/schema.ts';

const NAMES = ['kitten', 'puppy', 'fox', 'old_dog'];

test('an account is asked for once, by id or by name, and several with one question each way', async () => {
  const { people, asked } = met();
  assert.equal((await people.byId(1))?.username, 'kitten');
  assert.equal((await people.byName('KITTEN'))?.id, 1);
  assert.equal((await people.find('1'))?.id, 1);
  assert.equal((await people.find(1))?.id, 1);
  assert.equal((await people.byName('puppy'))?.id, 2);
  assert.equal((await people.byId(2))?.username, 'puppy');
  assert.deepEqual(asked.splice(0), [[1], ['puppy']]);

  const found = await people.recall(['fox', 'kitten', 4, '2', 'nobody_there', 'a\u0000', '99999999999999999999', 2]);
  assert.deepEqual(
    found.map((row) => row?.id),
    [3, 1, 4, 2, undefined, undefined, undefined, 2],
  );
  assert.deepEqual(asked.splice(0, 2), [[4], ['fox', 'nobody_there']]);
  asked.length = 0;
  await people.recall(['fox', 3, 4]);
  await people.meet([1, 2, 3, 4]);
  assert.deepEqual(asked, []);
  assert.deepEqual([people.known(3)?.username, people.known(9)], ['fox', undefined]);
});

test('nobody is asked for by what is no name and no number', async () => {
  const { people, asked } = met();
  assert.deepEqual(await Promise.all(['\u0000', '99999999999999999999', 1.5].map((who) => people.find(who))), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(asked, []);
});

test('an account is known as it became last, whatever is read late; one that is gone is known, and not found', async () => {
  const { people, asked } = met();
  const [kitten] = rows();
  assert.ok(kitten);
  people.learn([{ ...kitten, seq: 9, bio: 'new' }]);
  people.learn([{ ...kitten, seq: 8, bio: 'old' }]);
  assert.equal((await people.byId(1))?.bio, 'new');
  people.learn([{ ...kitten, seq: 9, bio: 'the same tick' }]);
  assert.equal((await people.byName('kitten'))?.bio, 'the same tick');

  people.learn([{ ...kitten, seq: 10, deleted: 1 }]);
  assert.deepEqual([await people.byId(1), await people.byName('kitten')], [undefined, undefined]);
  assert.equal(people.known(1)?.deleted, 1);
  assert.deepEqual(asked, []);

  people.clear();
  assert.equal(people.known(1), undefined);
  assert.equal((await people.byName('kitten'))?.deleted, 0);
  assert.equal((await people.byId(1))?.deleted, 0);
  assert.deepEqual(asked, [['kitten']]);
});

test('of more accounts than may be kept, those that were used last are', async () => {
  const { people, asked } = met(2);
  for (const id of [1, 2, 1, 3, 1]) await people.byId(id);
  assert.deepEqual(asked.splice(0), [[1], [2], [3]]);
  await people.byId(2);
  assert.deepEqual(asked, [[2]]);
});

test('a message is read once until something is committed, and again in another turn if nobody can tell', async () => {
  const { answers, read, commit } = kept();
  assert.deepEqual([await read(1), await read(1), await read(2)], [1, 1, 2]);
  await nextTurn();
  assert.equal(await read(1), 1);
  commit();
  // What is asked in one turn is asked at the same time.
  assert.equal(await read(1), 1);
  await nextTurn();
  assert.deepEqual([await read(1), await read(1)], [3, 3]);
  answers.forget();
  assert.equal(await read(1), 4);

  const blind = kept(null);
  assert.deepEqual([await blind.read(1), await blind.read(1)], [1, 2]);
});

test('what was read before a commit became known is kept for nobody after it', async () => {
  for (const what of ['get', 'page'] as const) {
    const { answers, ask } = kept();
    const late = Promise.withResolvers<void>();
    const before = ask(what, 1, late.promise);
    answers.forget();
    late.resolve();
    assert.equal(await before, 1);
    assert.deepEqual([await ask(what, 1), await ask(what, 1)], [2, 2], what);
  }
});

test('what is not there is not kept, and of a thousand messages the next one takes the place', async () => {
  const { answers, read } = kept();
  let looks = 0;
  const nothing = async () => {
    looks++;
    return null;
  };
  assert.deepEqual([await answers.get(7, nothing), await answers.get(7, nothing), looks], [null, null, 2]);

  for (let id = 1; id <= 1000; id++) await read(id);
  assert.equal(await read(1), 1);
  assert.equal(await read(1001), 1001);
  assert.equal(await read(1), 1002);
  assert.equal(await read(1001), 1001);
});

test('pages are kept by all that they depend on, for as long as messages are, up to so many characters', async () => {
  const { ask, commit } = kept();
  assert.deepEqual([await ask('page', 1), await ask('page', 1), await ask('page', 2)], [1, 1, 2]);
  await nextTurn();
  assert.equal(await ask('page', 1), 1);
  commit();
  await nextTurn();
  assert.equal(await ask('page', 1), 3);
  for (let page = 2; page <= 5; page++) await ask('page', page, undefined, 4 * 2 ** 20);
  assert.equal(await ask('page', 5), 7, 'the last is there');
  assert.equal(await ask('page', 1), 8, 'the first had to go');

  const blind = kept(null);
  assert.deepEqual([await blind.ask('page', 1), await blind.ask('page', 1)], [1, 2]);
});

function rows(): UserRow[] {
  return NAMES.map((username, index) => ({
    id: index + 1,
    seq: index + 1,
    username,
    username_key: username,
    password_hash: null,
    bio: null,
    data: null,
    created: 0,
    moderator: 0,
    banned: 0,
    deleted: 0,
  }));
}

/** People of a board, and what they were asked for of its database. */
function met(most?: number) {
  const asked: (string | number)[][] = [];
  const find = async <Asked extends string | number>(
    whom: Iterable<Asked>,
    isOne: (row: UserRow, who: Asked) => boolean,
  ) => {
    const all = [...whom];
    asked.push(all);
    return rows().filter((row) => all.some((who) => isOne(row, who)));
  };
  const reads = {
    byIds: (ids: Iterable<number>) => find(ids, ({ id }, who) => id === who),
    byKeys: (keys: Iterable<string>) => find(keys, ({ username_key }, who) => username_key === who),
    list: async () => [],
    changedSince: async () => [],
    leaving: async () => [],
  };
  return { asked, people: new People(reads, most) };
}

/** Answers that tell how many were read before them. */
function kept(first: number | null = 1) {
  let mark = first;
  let count = 0;
  const answers = new RecentAnswers(mark === null ? null : () => mark ?? 0);
  const ask = async (what: 'get' | 'page', key: number, until?: Promise<void>, size = 1): Promise<number> => {
    const row = { text: 'x'.repeat(size), data: null } as SingleRow;
    const read = async () => {
      count++;
      const message = { id: count } as Message;
      await until;
      return { row, message, rows: [row], page: { messages: [message], cursor: '', next: null, prev: null } };
    };
    const { message } =
      what === 'get'
        ? ((await answers.get(key, read)) ?? {})
        : { message: (await answers.page(`${key}`, read)).messages[0] };
    return message?.id ?? 0;
  };
  return {
    answers,
    ask,
    read: (id: number) => ask('get', id),
    commit: () => {
      mark = (mark ?? 0) + 1;
    },
  };
}

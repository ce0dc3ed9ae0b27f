import assert from 'node:assert/strict';
import type { Message } from '../../src/model/message.ts';
import { pages } from '../../src/remote/pages.ts';
import { type AnyBoard, invite, onEveryBoard } from '../support/boards.ts';

onEveryBoard('what is posted is read', async (board) => {
  await invite(board, 'kitten', 'puppy');
  const [kitten, puppy] = [board.as('kitten'), board.as('puppy')];
  const draft = { text: 'a\r\nb\u2028\t🐈 <b>', topics: ['pets', '#ß'], data: { nul: 'a\0b', n: 1.5 } };
  const first = await kitten.messages.post(draft);
  const answer = await puppy.messages.post({ text: 'Me too.', replyTo: first.id });

  assert.deepEqual({ text: first.text, topics: first.topics, data: first.data }, draft);
  assert.deepEqual([answer.thread, answer.topics, answer.user.username], [first.id, draft.topics, 'puppy']);
  const read = await board.as().messages.get(first.id);
  assert.deepEqual([read.replies, read.posts, read.latest?.id], [1, 2, answer.id]);
  assert.deepEqual(
    (await board.as().messages.list()).messages.map(({ id }) => id),
    [first.id, answer.id],
  );
});

onEveryBoard('what is private is there for its people alone', async (board) => {
  await invite(board, 'kitten', 'puppy', 'fox');
  const secret = await board.as('kitten').messages.post({ text: 'A mouse!', to: ['puppy'] });

  assert.deepEqual(await board.as('puppy').messages.get(secret.id), { ...secret, posts: 1, latest: latestOf(secret) });
  assert.deepEqual(
    (await board.as('puppy').messages.list({ with: ['kitten'] })).messages.map(({ id }) => id),
    [secret.id],
  );
  for (const who of ['fox', undefined]) {
    await assert.rejects(board.as(who).messages.get(secret.id), { code: 'not-found' });
    assert.deepEqual((await board.as(who).messages.list()).messages, []);
  }
});

onEveryBoard('what may be null is nothing, and an edit takes data away so', async (board) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const draft = { text: 'one', replyTo: null, data: null };
  const nothing = await kitten.messages.post(draft, { idempotencyKey: 'nothing' });
  assert.deepEqual([nothing.replyTo, nothing.data], [null, null]);
  assert.equal((await kitten.messages.post({ text: 'one' }, { idempotencyKey: 'nothing' })).id, nothing.id);

  const { id } = await kitten.messages.post({ text: 'two', data: { n: 2 } });
  assert.equal((await kitten.messages.edit(id, { data: null })).data, null);
  assert.deepEqual(await kitten.messages.get(id).then(({ text, data }) => [text, data]), ['two', null]);
});

onEveryBoard('an edit changes what it names, if nobody was faster', async (board) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const first = await kitten.messages.post({ text: 'one', data: { n: 1 } });
  const edited = await kitten.messages.edit(first.id, { text: 'two' }, { ifMatch: [first.seq] });

  assert.deepEqual([edited.text, edited.data, edited.edited !== null], ['two', { n: 1 }, true]);
  assert.ok(edited.seq > first.seq);
  assert.equal((await kitten.messages.edit(first.id, { text: 'two' })).seq, edited.seq);
  const late = { ifMatch: [first.seq] };
  await assert.rejects(kitten.messages.edit(first.id, { text: 'three' }, late), { code: 'precondition-failed' });
  await assert.rejects(kitten.messages.delete(first.id, late), { code: 'precondition-failed' });
  await kitten.messages.delete(first.id, { ifMatch: '*' });
  await assert.rejects(kitten.messages.get(first.id), { code: 'not-found' });
});

onEveryBoard('a key makes one message', async (board) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const options = { idempotencyKey: 'a key: "1"' };
  const once = await kitten.messages.post({ text: 'once' }, options);

  assert.equal((await kitten.messages.post({ text: 'once' }, options)).id, once.id);
  await assert.rejects(kitten.messages.post({ text: 'twice' }, options), { code: 'key-reused' });
  assert.notEqual((await kitten.messages.post({ text: 'once' })).id, once.id);
});

for (const order of ['asc', 'desc'] as const) {
  onEveryBoard(`pages lead from one to the next, ${order}`, async (board) => {
    const posted = await talk(board, 7);
    const query = { limit: 3, order, topic: ['odd', 'even'], user: ['kitten'] };
    const all = await Array.fromAsync(pages(board.as(), query));

    const wanted = order === 'asc' ? posted : posted.toReversed();
    assert.deepEqual(
      all.map(({ messages }) => messages.map(({ id }) => id)),
      [wanted.slice(0, 3), wanted.slice(3, 6), wanted.slice(6)].map((page) => page.map(({ id }) => id)),
    );
    const [first, second] = all;
    assert.ok(first?.next && second?.prev);
    const mark = order === 'asc' ? { after: wanted[2]?.id } : { before: wanted[2]?.id };
    assert.deepEqual([first.prev, first.next], [null, { ...query, ...mark, limit: 3 }]);
    assert.deepEqual((await board.as().messages.list(second.prev)).messages, first.messages);
  });
}

onEveryBoard('pages go on even where a filter is too long for a header', async (board) => {
  await talk(board, 5);
  const topic = ['odd', ...Array.from({ length: 40 }, (_, n) => `${n} `.repeat(25))];
  const all = await Array.fromAsync(pages(board.as(), { topic, limit: 2 }));

  assert.deepEqual(
    all.flatMap(({ messages }) => messages.map(({ text }) => text)),
    ['1', '3', '5'],
  );
});

onEveryBoard('many are posted at once, all or none', async (board) => {
  await invite(board, 'kitten');
  const kitten = board.as('kitten');
  const options = { idempotencyKey: 'many' };
  const posted = await kitten.messages.postMany([{ text: '1' }, { text: '2' }], options);

  assert.deepEqual(await kitten.messages.postMany([{ text: '1' }, { text: '2' }], options), posted);
  const faulty = kitten.messages.postMany([{ text: '3' }, { text: '' }]);
  await assert.rejects(faulty, ({ code, faults }) => code === 'bad-input' && faults[0]?.path === '1.text');
  assert.deepEqual((await kitten.messages.list()).messages, posted);
});

onEveryBoard('threads are paged by their latest activity', async (board) => {
  const posted = await talk(board, 5);
  const kitten = board.as('kitten');
  const answer = await kitten.messages.post({ text: 'answer', replyTo: posted[1]?.id ?? 0 });
  const [first, second] = await Array.fromAsync(pages(board.as(), { order: 'active', limit: 2 }));

  assert.deepEqual(
    [first, second].map((page) => page?.messages.map(({ text }) => text)),
    [
      ['2', '5'],
      ['4', '3'],
    ],
  );
  assert.deepEqual([first?.messages[0]?.posts, first?.messages[0]?.latest?.id], [2, answer.id]);
});

onEveryBoard('topics are counted, and paged by name or by activity', async (board) => {
  await talk(board, 3);
  const byName = await board.as().topics.list({ limit: 1 });
  assert.deepEqual(
    byName.topics.map(({ topic, threads, posts, latest }) => [topic, threads, posts, latest.text]),
    [['even', 1, 1, '2']],
  );
  const byActivity = await board.as().topics.list({ order: 'active', limit: 1 });
  assert.equal(byActivity.topics[0]?.topic, 'odd');
  for (const { next, cursor } of [byName, byActivity]) {
    assert.ok(next);
    const rest = await board.as().topics.list(next);
    assert.deepEqual([rest.topics.length, rest.cursor], [1, cursor]);
    assert.notEqual(rest.topics[0]?.topic, next.order === 'active' ? 'odd' : 'even');
  }
});

onEveryBoard('pages of nothing are none', async (board) => {
  assert.deepEqual(await Array.fromAsync(pages(board.as(), { topic: ['nothing'] })), []);
});

/** Posts `1`, `2` and so on, under the topics `odd` and `even`. */
async function talk(board: AnyBoard, count: number): Promise<Message[]> {
  await invite(board, 'kitten');
  const posted: Message[] = [];
  for (let n = 1; n <= count; n++) {
    posted.push(await board.as('kitten').messages.post({ text: `${n}`, topics: [n % 2 === 1 ? 'odd' : 'even'] }));
  }
  return posted;
}

function latestOf({ id, text, user, created }: Message): Message['latest'] {
  return { id, text, user, created };
}

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import type { Answer } from './support/api.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

const { api } = await startTestServer(test);
const kitten = await api.signUp('kitten');

async function etagOf(id: number): Promise<string> {
  const etag = (await api.get(`/message/${id}`)).headers.get('etag');
  assert.ok(etag);
  return etag;
}

test('a message has an ETag of its seq and a digest', async () => {
  const { id, seq } = await api.say(kitten, 'I love kittens!');
  assert.match(await etagOf(id), new RegExp(`^"${seq}-[^"]+"$`));
});

test('a message that is known already is 304, without a body', async () => {
  const { id } = await api.say(kitten, 'I love kittens!');
  const etag = await etagOf(id);
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
    const answer = await api.get(`/message/${id}`, { headers: { 'if-none-match': known } });
    assert.deepEqual([known, answer.status, answer.text], [known, 304, '']);
    assert.equal(answer.headers.get('etag'), etag);
  }
});

test('a message that is not known as it is now is sent', async () => {
  const { id } = await api.say(kitten, 'I love kittens!');
  const etag = await etagOf(id);
  await api.put(`/message/${id}`, { text: 'New text!' }, { as: kitten });
  for (const known of [etag, '"other"', '']) {
    assert.equal((await api.get(`/message/${id}`, { headers: { 'if-none-match': known } })).status, 200);
  }
});

test('an answer with a new reply is another answer: its ETag is new, its seq is not', async () => {
  const first = await api.say(kitten, 'I love kittens!');
  const etag = await etagOf(first.id);
  await api.say(kitten, { text: 'So do I.', replyTo: first.id });
  const answer = await api.get<Message>(`/message/${first.id}`, { headers: { 'if-none-match': etag } });

  assert.deepEqual([answer.status, answer.body.replies, answer.body.seq], [200, 1, first.seq]);
  assert.match(answer.headers.get('etag') ?? '', new RegExp(`^"${first.seq}-`));
});

type Tags = (now: { etag: string; seq: number }) => string;

for (const [name, tags] of [
  ['the ETag as it was given', ({ etag }) => etag],
  ['the seq alone', ({ seq }) => `"${seq}"`],
  ['the seq with the digest of an older answer', ({ seq }) => `"${seq}-0000"`],
  ['one that fits among several', ({ seq }) => `"0", "${seq}"`],
  ['any', () => '*'],
] as const satisfies [string, Tags][]) {
  test(`If-Match lets an edit and a deletion through for ${name}`, async () => {
    const { id, seq } = await api.say(kitten, 'I love kittens!');
    const ifMatch = { 'if-match': tags({ etag: await etagOf(id), seq }) };
    const edited = await api.put<Message>(`/message/${id}`, { text: 'New text!' }, { as: kitten, headers: ifMatch });
    assert.equal(edited.status, 200, edited.text);

    const again = { 'if-match': tags({ etag: await etagOf(id), seq: edited.body.seq }) };
    assert.equal((await api.delete(`/message/${id}`, { as: kitten, headers: again })).status, 204);
  });
}

test('If-Match of an older state is 412, and nothing is changed', async () => {
  const { id, seq } = await api.say(kitten, 'I love kittens!');
  const etag = await etagOf(id);
  await api.put(`/message/${id}`, { text: 'New text!' }, { as: kitten });
  for (const tag of [etag, `"${seq}"`, `"0", "${seq}"`]) {
    const options = { as: kitten, headers: { 'if-match': tag } };
    assertProblem(await api.put(`/message/${id}`, { text: 'Newer text!' }, options), 412);
    assertProblem(await api.delete(`/message/${id}`, options), 412);
  }
  assert.equal((await api.get<Message>(`/message/${id}`)).body.text, 'New text!');
});

test('If-Match of an older state is 412 also where the edit would change nothing', async () => {
  const { id, seq } = await api.say(kitten, 'I love kittens!');
  await api.put(`/message/${id}`, { text: 'New text!' }, { as: kitten });
  const options = { as: kitten, headers: { 'if-match': `"${seq}"` } };

  assertProblem(await api.put(`/message/${id}`, { text: 'New text!' }, options), 412);
});

test('of many who edit from one state at once, one succeeds', async () => {
  const { id, seq } = await api.say(kitten, 'I love kittens!');
  const options = { as: kitten, headers: { 'if-match': `"${seq}"` } };
  const edits = Array.from({ length: 8 }, (_, n) => api.put(`/message/${id}`, { text: `edit ${n}` }, options));

  assert.deepEqual((await Promise.all(edits)).map(({ status }) => status).sort(), [200, ...new Array(7).fill(412)]);
});

test('a key makes one message, however often it is sent', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'a-first-key' } };
  const post = () => api.post<Message>('/message', { text: 'once' }, options);
  const answers = [await post(), ...(await Promise.all(Array.from({ length: 10 }, post)))];

  assert.deepEqual([...new Set(answers.map(({ body }) => body.id))], [answers[0]?.body.id]);
  assert.ok(answers.every(({ status }) => status === 200 || status === 201));
  assert.equal((await api.board()).filter(({ text }) => text === 'once').length, 1);
});

test('a key sent many times at once makes one message', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'k'.repeat(255) } };
  const posts = Array.from({ length: 20 }, () => api.post<Message>('/message', { text: 'at once' }, options));
  const ids = (await Promise.all(posts)).map(({ body }) => body.id);

  assert.equal(new Set(ids).size, 1);
  assert.equal((await api.board()).filter(({ text }) => text === 'at once').length, 1);
});

test('a repeat returns the message as it is now', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'as-it-is-now' } };
  const { id } = (await api.post<Message>('/message', { text: 'first' }, options)).body;
  await api.put(`/message/${id}`, { text: 'edited' }, { as: kitten });
  const repeat = await api.post<Message>('/message', { text: 'first' }, options);

  assert.deepEqual([repeat.body.id, repeat.body.text], [id, 'edited']);
});

test('a repeat of a post that was deleted is 404', async () => {
  const options = { as: kitten, headers: { 'idempotency-key': 'deleted' } };
  const { id } = (await api.post<Message>('/message', { text: 'first' }, options)).body;
  await api.delete(`/message/${id}`, { as: kitten });

  assertProblem(await api.post('/message', { text: 'first' }, options), 404);
});

for (const [name, other] of [
  ['another text', { text: 'other' }],
  ['other topics', { text: 'once', topics: ['cats'] }],
  ['other data', { text: 'once', data: { mood: 'happy' } }],
] as const) {
  test(`a key that comes again with ${name} is 422`, async () => {
    const options = { as: kitten, headers: { 'idempotency-key': `reused with ${name}` } };
    await api.post('/message', { text: 'once' }, options);
    const before = await api.cursor();

    assertProblem(await api.post('/message', other, options), 422);
    assert.equal(await api.cursor(), before);
  });
}

test('a key is one of its user alone', async () => {
  const dog = await api.signUp('dog');
  const headers = { 'idempotency-key': 'common' };
  const kittens = await api.post<Message>('/message', { text: 'mine' }, { as: kitten, headers });
  const dogs = await api.post<Message>('/message', { text: 'mine' }, { as: dog, headers });

  assert.notEqual(dogs.body.id, kittens.body.id);
  assert.equal(dogs.body.user.username, 'dog');
});

for (const [name, key] of [
  ['longer than 255 characters', 'k'.repeat(256)],
  ['outside of ASCII', 'clé'],
] as const) {
  test(`a key ${name} is 400`, async () => {
    const before = await api.cursor();
    const options = { as: kitten, headers: { 'idempotency-key': key } };
    assertProblem(await api.post('/message', { text: 'once' }, options), 400);
    assert.equal(await api.cursor(), before);
  });
}

test('HEAD has the same ETag as GET, and is 304 to who knows it', async () => {
  const { id } = await api.say(kitten, 'I love kittens!');
  const etag = await etagOf(id);
  assert.equal((await api.call('HEAD', `/message/${id}`)).headers.get('etag'), etag);
  assert.equal((await api.call('HEAD', `/message/${id}`, { headers: { 'if-none-match': etag } })).status, 304);
});

test('what becomes of the author changes the ETag of their messages, and not the seq', async () => {
  const rat = await api.signUp('rat');
  const { id, seq } = await api.say(rat, 'Squeak!');
  const etag = await etagOf(id);
  await api.call('PATCH', '/user', { as: rat, json: { bio: 'Not a mouse.' } });
  assert.notEqual(await etagOf(id), etag);
  const edited = await api.put(`/message/${id}`, { text: 'Squeak?' }, { as: rat, headers: { 'if-match': etag } });
  assert.equal(edited.status, 200, edited.text);
  assert.match(etag, new RegExp(`^"${seq}-`));
});

for (const [name, tag] of [
  ['a weak ETag', (seq: number) => `W/"${seq}"`],
  ['a seq without quotes', (seq: number) => `${seq}`],
  ['nothing', () => '""'],
] as const) {
  test(`If-Match of ${name} matches nothing: 412`, async () => {
    const { id, seq } = await api.say(kitten, 'I love kittens!');
    const options = { as: kitten, headers: { 'if-match': tag(seq) } };
    assertProblem(await api.put(`/message/${id}`, { text: 'New text!' }, options), 412);
    assertProblem(await api.delete(`/message/${id}`, options), 412);
  });
}

test('what cannot be seen, or is gone, is 404 before any condition is looked at', async () => {
  const cat = await api.signUp('cat');
  const hidden = await api.say(kitten, { text: 'psst', to: ['kitten'] });
  const gone = await api.say(cat, 'x');
  await api.delete(`/message/${gone.id}`, { as: cat });
  for (const id of [hidden.id, gone.id, 999_999]) {
    for (const tag of ['*', `"${id}"`, '"0"']) {
      const match = { as: cat, headers: { 'if-match': tag } };
      assertProblem(await api.put(`/message/${id}`, { text: 'x' }, match), 404);
      assertProblem(await api.delete(`/message/${id}`, match), 404);
      assertProblem(await api.get(`/message/${id}`, { as: cat, headers: { 'if-none-match': tag } }), 404);
    }
  }
});

test('every answer to what is hidden is that to what is absent: status, headers, body', async () => {
  const owl = await api.signUp('owl');
  const { id } = await api.say(kitten, { text: 'psst', to: ['kitten'] });
  const tries = [
    { json: { text: 'x' } },
    { json: { text: '' } },
    { json: { colour: 'red' } },
    { json: {} },
    { json: { data: { big: 'x'.repeat(5000) } } },
    { json: { text: 'x' }, headers: { 'if-match': `"${id}"` } },
  ];
  for (const as of [owl, undefined]) {
    for (const options of tries) {
      const [hidden, absent] = [`/message/${id}`, '/message/999999'].map((path) =>
        api.call('PUT', path, { as, ...options }),
      );
      assert.deepEqual(await shown(hidden, id), await shown(absent, 999_999));
    }
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      const [hidden, absent] = [`/message/${id}`, '/message/999999'].map((path) => api.call(method, path, { as }));
      assert.deepEqual(await shown(hidden, id), await shown(absent, 999_999));
    }
  }
});

/** All that an answer tells, but for the id that was asked for. */
async function shown(asked: Promise<Answer<unknown>> | undefined, id: number): Promise<unknown> {
  assert.ok(asked);
  const { status, headers, text } = await asked;
  const told = [...headers].filter(([name]) => !/^(?:date|content-length|ratelimit)/.test(name));
  return [status, told, text.replaceAll(`${id}`, 'ID')];
}

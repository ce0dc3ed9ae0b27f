import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import type { User } from '../src/model/user.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

/** ISO 8601, UTC, with milliseconds. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('a created user is found by id and by name', async (t) => {
  const { api } = await startTestServer(t);
  const created = await api.post<User>('/user', { username: 'kitten', password: 'yarn', bio: 'A cute ittle kitten.' });

  assert.equal(created.status, 201, created.text);
  const { id, created: when, ...rest } = created.body;
  assert.deepEqual(rest, { username: 'kitten', bio: 'A cute ittle kitten.', data: null, moderator: false });
  assert.match(when, TIME);
  assert.deepEqual((await api.get(`/user/${id}`)).body, created.body);
  assert.deepEqual((await api.get('/user/kitten')).body, created.body);
});

test('a user is found however the name is cased, and shown as it was given', async (t) => {
  const { api } = await startTestServer(t);
  await api.signUp('Kitten');

  assert.equal((await api.get<User>('/user/kITTEN')).body.username, 'Kitten');
});

test('a user who says nothing more has no bio and no data', async (t) => {
  const { api } = await startTestServer(t);
  await api.signUp('kitten');
  const { bio, data } = (await api.get<User>('/user/kitten')).body;

  assert.deepEqual({ bio, data }, { bio: null, data: null });
});

test('a user carries data of the application', async (t) => {
  const { api } = await startTestServer(t);
  await api.signUp('kitten', { data: { avatar: 'https://kitten.example/me.png', lives: 9 } });

  const { data } = (await api.get<User>('/user/kitten')).body;
  assert.deepEqual(data, { avatar: 'https://kitten.example/me.png', lives: 9 });
});

test('a password is shown to nobody', async (t) => {
  const { api } = await startTestServer(t);
  const signedUp = await api.post('/user', { username: 'kitten', password: 'yarn-and-more' });

  assert.doesNotMatch(signedUp.text, /yarn|argon|password/);
  assert.doesNotMatch((await api.get('/user/kitten')).text, /yarn|argon|password/);
});

test('a taken name is 409, also in other letters of the same name', async (t) => {
  const { api } = await startTestServer(t);
  await api.signUp('kitten');

  for (const username of ['kitten', 'Kitten', 'ＫＩＴＴＥＮ']) {
    assertProblem(await api.post('/user', { username, password: 'other' }), 409);
  }
});

test('of many who want one name at once, one gets it', async (t) => {
  const { api } = await startTestServer(t);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => api.post('/user', { username: 'kitten', password: `yarn${n}` })),
  );

  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...new Array(7).fill(409)]);
  assert.equal((await api.get('/user/kitten')).status, 200);
});

test('a post carries its author', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten', { bio: 'A cute ittle kitten.' });
  const author = (await api.get<User>('/user/kitten')).body;
  const posted = await api.post<Message>('/message', { text: 'I love kittens!' }, { as: kitten });

  assert.equal(posted.status, 201, posted.text);
  const { id, created, ...rest } = posted.body;
  assert.match(created, TIME);
  assert.deepEqual(rest, {
    seq: id,
    text: 'I love kittens!',
    user: { id: author.id, username: 'kitten', bio: 'A cute ittle kitten.', created: author.created },
    edited: null,
    topics: [],
    replyTo: null,
    thread: id,
    replies: 0,
    to: [],
    data: null,
    posts: posted.body.posts,
    latest: posted.body.latest,
  });
});

test('a posted message is found by its id and in the list', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const { id } = await api.say(kitten, 'I love kittens!');

  assert.equal((await api.get<Message>(`/message/${id}`)).body.text, 'I love kittens!');
  const list = await api.get<Message[]>('/messages');
  assert.deepEqual(
    list.body.map((message) => [message.id, message.text, message.user.username]),
    [[id, 'I love kittens!', 'kitten']],
  );
});

test('the first message of a board has the id 1, as in the examples', async (t) => {
  const { api } = await startTestServer(t);
  assert.equal((await api.say(await api.signUp('kitten'), 'I love kittens!')).id, 1);
});

test('the author edits a message: the id stays, the seq rises, the time is noted', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const before = await api.say(kitten, { text: 'I love kittens!', data: { mood: 'happy' } });
  const edited = await api.put<Message>(`/message/${before.id}`, { text: 'New text!' }, { as: kitten });

  assert.equal(edited.status, 200, edited.text);
  assert.ok(edited.body.seq > before.seq);
  assert.match(edited.body.edited ?? '', TIME);
  const after = (await api.get<Message>(`/message/${before.id}`)).body;
  assert.deepEqual(
    { ...after, posts: null, latest: null },
    { ...before, text: 'New text!', seq: edited.body.seq, edited: edited.body.edited, posts: null, latest: null },
  );
});

test('an edit replaces data whole and leaves the text', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const { id } = await api.say(kitten, { text: 'I love kittens!', data: { mood: 'happy', at: 'home' } });
  const edited = await api.put<Message>(`/message/${id}`, { data: { mood: 'sleepy' } }, { as: kitten });

  assert.deepEqual([edited.body.text, edited.body.data], ['I love kittens!', { mood: 'sleepy' }]);
});

test('an edit that changes nothing is 200 and takes no seq', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const draft = { text: 'I love kittens!', data: { mood: 'happy' } };
  const { id, seq } = await api.say(kitten, draft);
  const before = await api.cursor();
  const edited = await api.put<Message>(`/message/${id}`, draft, { as: kitten });

  assert.deepEqual([edited.status, edited.body.seq, edited.body.edited], [200, seq, null]);
  assert.equal(await api.cursor(), before);
});

test('the author deletes a message: it is gone everywhere, and stays gone', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const { id } = await api.say(kitten, 'I love kittens!');
  const deleted = await api.delete(`/message/${id}`, { as: kitten });

  assert.deepEqual([deleted.status, deleted.text], [204, '']);
  assertProblem(await api.get(`/message/${id}`), 404);
  assertProblem(await api.put(`/message/${id}`, { text: 'Back!' }, { as: kitten }), 404);
  assertProblem(await api.delete(`/message/${id}`, { as: kitten }), 404);
  assert.deepEqual((await api.get('/messages')).body, []);
});

test('an id is never given twice', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const first = await api.say(kitten, 'one');
  await api.delete(`/message/${first.id}`, { as: kitten });

  assert.ok((await api.say(kitten, 'two')).id > first.id);
});

test('only the author edits and deletes', async (t) => {
  const { api } = await startTestServer(t);
  const message = await api.say(await api.signUp('kitten'), 'I love kittens!');
  const dog = await api.signUp('dog');

  assertProblem(await api.put(`/message/${message.id}`, { text: 'I love dogs!' }, { as: dog }), 403);
  assertProblem(await api.delete(`/message/${message.id}`, { as: dog }), 403);
  assert.equal((await api.get<Message>(`/message/${message.id}`)).body.text, 'I love kittens!');
});

test('what a user changes of a message goes by who they are, not by what they know of it', async (t) => {
  const { api } = await startTestServer(t);
  const { id, seq } = await api.say(await api.signUp('kitten'), 'I love kittens!');
  const dog = await api.signUp('dog');
  const headers = { 'if-match': `"${seq}"` };

  assertProblem(await api.put(`/message/${id}`, { text: 'I love dogs!' }, { as: dog, headers }), 403);
  assertProblem(await api.delete(`/message/${id}`, { as: dog, headers }), 403);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { basic } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

test('whoever deletes themselves is gone with all that they wrote, and nobody can take their name', async (t) => {
  const { api } = await startTestServer(t);
  const wolf = await api.signUp('wolf', { bio: 'Hungry.' });
  const sheep = await api.signUp('sheep');
  const howl = await api.say(wolf, { text: 'Howl!', topics: ['woods'] });
  const answer = await api.say(sheep, { text: 'Baa?', replyTo: howl.id });
  const growl = await api.say(wolf, { text: 'Growl!', replyTo: answer.id });
  const whisper = await api.say(wolf, { text: 'Come closer.', to: ['sheep'] });
  const note = await api.say(wolf, { text: 'Eat sheep.', to: ['wolf'] });

  const answered = await api.delete('/user', { as: wolf });
  assert.equal(answered.status, 204, answered.text);
  for (const { id } of [howl, growl, whisper, note]) {
    assertProblem(await api.get(`/message/${id}`, { as: sheep }), 404);
  }
  const left = await api.get<Message[]>('/messages', { as: sheep });
  assert.deepEqual(
    left.body.map(({ id, replies }) => [id, replies]),
    [[answer.id, 0]],
  );
  assert.deepEqual(
    (await api.get<Message[]>('/messages?topic=woods')).body.map(({ id }) => id),
    [answer.id],
  );

  assertProblem(await api.get('/user/wolf'), 404);
  assertProblem(await api.get('/user/1'), 404);
  assertProblem(await api.get('/user', { as: wolf }), 401);
  assertProblem(await api.get('/messages', { as: wolf }), 401);
  assert.deepEqual((await api.get('/messages?user=wolf')).body, []);
  assertProblem(await api.get('/messages?user=wolfs'), 400, 'user');
  assertProblem(await api.post('/message', { text: 'Boo.', to: ['wolf'] }, { as: sheep }), 400, 'to');
  assertProblem(await api.post('/user', { username: 'Wolf', password: 'again' }), 409);
});

test('a thread counts what is left once somebody has gone', async (t) => {
  const { api } = await startTestServer(t);
  const wolf = await api.signUp('wolf');
  const sheep = await api.signUp('sheep');
  const first = await api.say(sheep, 'Who is there?');
  const second = await api.say(sheep, { text: 'Hello?', replyTo: first.id });
  await api.say(wolf, { text: 'Me.', replyTo: first.id });
  await api.delete('/user', { as: wolf });
  const { body } = await api.get<Message>(`/message/${first.id}`);

  assert.deepEqual([body.posts, body.replies, body.latest?.id], [2, 1, second.id]);
});

test('streams tell of each deletion, to those alone who could see the message, and end for who has gone', async (t) => {
  const here = await startTestServer(t);
  const there = await startTestServer(t, { database: here.database });
  const wolf = await here.api.signUp('wolf', { bio: 'Hungry.' });
  const sheep = await here.api.signUp('sheep');
  const howl = await here.api.say(wolf, 'Howl!');
  const whisper = await here.api.say(wolf, { text: 'Come closer.', to: ['sheep'] });
  const as = (person: typeof wolf) => ({ headers: { authorization: basic(person) } });
  const [own, ownThere] = [
    await openStream(here.url, '/stream', as(wolf)),
    await openStream(there.url, '/stream', as(wolf)),
  ];
  const [party, anyone] = [await openStream(here.url, '/stream', as(sheep)), await openStream(there.url, '/stream')];
  await here.api.delete('/user', { as: wolf });
  assert.deepEqual([await own.ended, await ownThere.ended], ['end', 'end']);

  const toParty = await party.take(2);
  assert.deepEqual(
    toParty.map(({ type, message }) => [type, message?.id]),
    [
      ['delete', howl.id],
      ['delete', whisper.id],
    ],
  );
  assert.deepEqual(toParty[0]?.message?.user, { id: howl.user.id, username: 'wolf' });
  assert.equal((await anyone.next()).message?.id, howl.id);
  await here.api.say(sheep, 'Alone at last.');
  assert.equal((await anyone.next()).type, 'message');
});

test('whoever reads by a filter that names somebody hears that they go, and reads on', async (t) => {
  const here = await startTestServer(t);
  const there = await startTestServer(t, { database: here.database });
  const wolf = await here.api.signUp('wolf');
  const sheep = await here.api.signUp('sheep');
  const as = { headers: { authorization: basic(sheep) } };
  const howl = await here.api.say(wolf, 'Howl!');
  const whisper = await here.api.say(sheep, { text: 'Where are you?', to: ['wolf'] });
  const packs = ['/stream?user=wolf&user=sheep&visibility=public', '/stream?with=wolf'];
  const marks = await Promise.all(
    packs.map(async (path) => {
      const reader = await openStream(here.url, `${path}&after=0`, as);
      await reader.take(1);
      reader.cut();
      return [path, reader.lastId ?? ''] as const;
    }),
  );
  await here.api.delete('/user', { as: wolf });
  const bleat = await here.api.say(sheep, 'Baa!');
  assertProblem(await here.api.post('/message', { text: 'Gone?', to: ['wolf'] }, { as: sheep }), 400, 'to');

  for (const { api, url } of [here, there]) {
    const [pack, pair] = await Promise.all(
      marks.map(([path, id]) => openStream(url, path, { headers: { ...as.headers, 'last-event-id': id } })),
    );
    assert.deepEqual(
      (await pack?.take(2))?.map(({ type, message }) => [type, message?.id]),
      [
        ['delete', howl.id],
        ['message', bleat.id],
      ],
    );
    pack?.cut();
    pair?.cut();
    const left = await api.get<Message[]>('/messages?with=wolf', { as: sheep });
    assert.deepEqual(
      left.body.map(({ id, to }) => [id, to]),
      [[whisper.id, ['wolf']]],
    );
  }
});

test('a large account goes in parts, between which others write', async (t) => {
  const { api, board, url } = await startTestServer(t);
  await api.signUp('wolf');
  await api.signUp('sheep');
  const [wolf, sheep] = [board.as('wolf'), board.as('sheep')];
  for (const _ of [1, 2, 3]) await wolf.messages.postMany(Array.from({ length: 800 }, () => ({ text: 'Howl!' })));
  const reader = await openStream(url, '/stream');

  let isGone = false;
  const leaving = wolf.users.delete().finally(() => {
    isGone = true;
  });
  let said = 0;
  for (; !isGone; said++) await sheep.messages.post({ text: 'I am still here.' });
  await leaving;

  const types = (await reader.take(2400 + said)).map(({ type }) => type);
  assert.equal(types.filter((type) => type === 'delete').length, 2400);
  const between = types.slice(types.indexOf('delete'), types.lastIndexOf('delete'));
  assert.ok(between.includes('message'), 'nobody had to wait for the last one');
  assert.deepEqual(new Set((await api.board()).map(({ text }) => text)), new Set(['I am still here.']));
});

test('what a server leaves undone of a deletion, the next one does', async (t) => {
  const first = await startTestServer(t);
  await first.api.signUp('wolf');
  const sheep = await first.api.signUp('sheep');
  await first.board.as('wolf').messages.postMany(Array.from({ length: 1000 }, () => ({ text: 'Howl!' })));
  await first.api.say(sheep, 'Baa.');
  const leaving = first.board.as('wolf').users.delete();
  await Promise.all([assert.rejects(leaving, { code: 'unavailable' }), first.close()]);

  const second = await startTestServer(t, { database: first.database });
  assertProblem(await second.api.get('/user/wolf'), 404);
  await eventually(async () => {
    assert.deepEqual(
      (await second.api.board()).map(({ text }) => text),
      ['Baa.'],
    );
  });
});

test('what was under way as its author left is refused, or gone with the rest', async (t) => {
  const { api, board } = await startTestServer(t);
  await api.signUp('wolf');
  const wolf = board.as('wolf');
  const tries = [
    wolf.messages.post({ text: 'Before.' }),
    wolf.users.delete(),
    wolf.messages.post({ text: 'After.' }),
    wolf.messages.postMany([{ text: 'After.' }]),
    wolf.users.update({ bio: 'After.' }),
    wolf.users.delete(),
  ];
  const outcomes = await Promise.allSettled(tries);

  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'done')),
    ['done', 'done', 'unauthorized', 'unauthorized', 'unauthorized', 'unauthorized'],
  );
  assert.deepEqual(await api.board(), []);
});

/** What an application shows on a screen is one request each. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import type { Message } from '../src/model/message.ts';
import type { Topic } from '../src/model/topic.ts';
import type { User } from '../src/model/user.ts';
import type { Answer, Api, Person } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { links } from './support/links.ts';
import { makePeople } from './support/people.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

const texts = ({ body }: Answer<Message[]>) => body.map(({ text }) => text);
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `${from + n}`);

async function sayIn(api: Api, as: Person, topic: string, count: number): Promise<Message[]> {
  const said: Message[] = [];
  for (let n = 1; n <= count; n++) said.push(await api.say(as, { text: `${n}`, topics: [topic] }));
  return said;
}

test('a room: its last 50 messages, and from their cursor its live stream without a gap', async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  await sayIn(api, kitten, 'lobby', 60);
  await api.say(kitten, { text: 'elsewhere', topics: ['attic'] });

  const page = await api.get<Message[]>('/messages?topic=lobby&limit=50&order=desc');
  assert.deepEqual(texts(page), numbers(11, 60).reverse());

  await api.say(kitten, { text: 'elsewhere', topics: ['attic'] });
  await api.say(kitten, { text: 'in between', topics: ['lobby'] });
  const cursor = page.headers.get('last-event-id') ?? '';
  const reader = await openStream(url, `/stream?topic=lobby&after=${cursor}`);
  await api.say(kitten, { text: 'live', topics: ['lobby'] });
  assert.deepEqual(
    (await reader.take(2)).map(({ message }) => message && 'text' in message && message.text),
    ['in between', 'live'],
  );
});

test('a messenger: the conversations, each with its last message and what unread counts need', async (t) => {
  const { api } = await startTestServer(t);
  const [kitten, puppy, mouse] = [await api.signUp('kitten'), await api.signUp('puppy'), await api.signUp('mouse')];
  await api.say(puppy, { text: 'Hello?', to: ['kitten'] });
  await api.say(mouse, { text: 'Please do not.', to: ['puppy', 'kitten'] });
  await api.say(kitten, { text: 'Milk', to: ['kitten'] });
  await api.say(puppy, { text: 'None of hers', to: ['mouse'] });
  await api.say(kitten, 'public');
  await api.say(kitten, { text: 'Hello!', to: ['puppy'] });

  const list = await api.get<Message[]>('/messages?visibility=private&order=active', { as: kitten });
  assert.deepEqual(
    list.body.map(({ user, to, text, posts, latest }) => [user.username, to, text, posts, latest?.text]),
    [
      ['puppy', ['kitten'], 'Hello?', 2, 'Hello!'],
      ['kitten', ['kitten'], 'Milk', 1, 'Milk'],
      ['mouse', ['kitten', 'puppy'], 'Please do not.', 1, 'Please do not.'],
    ],
  );
  assert.deepEqual((await api.get('/messages?visibility=private&order=active')).body, []);
});

test('a forum: its boards with counts, and a board’s threads by latest activity', async (t) => {
  const { api } = await startTestServer(t);
  const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
  const [first, second] = await sayIn(api, kitten, 'cats', 3);
  await api.say(puppy, { text: 'Woof', topics: ['dogs'] });
  await api.say(puppy, { text: 'What cats?', replyTo: second?.id ?? 0, topics: ['@kitten'] });
  await api.say(puppy, { text: 'Secret', topics: ['bones'], to: ['kitten'] });

  const boards = await api.get<Topic[]>('/topics');
  assert.deepEqual(
    boards.body.map(({ topic, threads, posts, latest }) => [topic, threads, posts, latest.text, latest.user.username]),
    [
      ['@kitten', 0, 1, 'What cats?', 'puppy'],
      ['cats', 3, 4, 'What cats?', 'puppy'],
      ['dogs', 1, 1, 'Woof', 'puppy'],
    ],
  );
  const threads = await api.get<Message[]>('/messages?topic=cats&order=active');
  assert.deepEqual(
    threads.body.map(({ text, posts, latest }) => [text, posts, latest?.text]),
    [
      ['2', 2, 'What cats?'],
      ['3', 1, '3'],
      ['1', 1, '1'],
    ],
  );
  // The first is gone, and with it a thread of its own.
  await api.delete(`/message/${first?.id}`, { as: kitten });
  assert.deepEqual(texts(await api.get<Message[]>('/messages?topic=cats&order=active')), ['2', '3']);
  assert.equal((await api.get<Topic[]>('/topics?prefix=ca')).body[0]?.threads, 2);
});

test('a thread: page 4, by offset and by mark', async (t) => {
  const { api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const first = await api.say(kitten, 'first');
  const answers: Message[] = [];
  for (let n = 1; n <= 45; n++) {
    await api.say(kitten, 'of another thread');
    answers.push(await api.say(kitten, { text: `${n}`, replyTo: first.id }));
  }

  const byOffset = await api.get<Message[]>(`/messages?thread=${first.id}&limit=10&offset=30`);
  assert.deepEqual(texts(byOffset), numbers(30, 39));
  const byMark = await api.get<Message[]>(`/messages?thread=${first.id}&limit=10&after=${answers[28]?.id}`);
  assert.deepEqual(byMark.body, byOffset.body);
  const { next = '' } = links(byMark.headers, '/messages');
  assert.deepEqual(texts(await api.get<Message[]>(next)), numbers(40, 45));
});

test('a person: what they have posted, and what mentions oneself', async (t) => {
  const { api } = await startTestServer(t);
  const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
  await api.say(kitten, 'Mine');
  const other = await api.say(puppy, { text: 'Hello @kitten', topics: ['@kitten'] });
  await api.say(kitten, { text: 'My answer', replyTo: other.id });

  assert.deepEqual(texts(await api.get<Message[]>('/messages?user=kitten&order=desc')), ['My answer', 'Mine']);
  assert.deepEqual(texts(await api.get<Message[]>('/messages?user=kitten&replyTo=none')), ['Mine']);
  assert.deepEqual(texts(await api.get<Message[]>('/messages?topic=%40kitten&user=puppy')), ['Hello @kitten']);
});

test('a home timeline of 300 people, paged and live', async (t) => {
  const database = await temporaryDatabase(t);
  const names = numbers(1, 310).map((n) => `person${n}`);
  await makePeople(database, names);
  const { url, api } = await startTestServer(t, { database });
  const board = await openBoard(database.url);
  atEnd(t, () => board.close());
  for (const round of [1, 2]) {
    await Promise.all(names.map((name) => board.as(name).messages.post({ text: `${name}, ${round}` })));
  }
  const json = { user: names.slice(0, 300), limit: 100 };
  const timeline = (more: object) => api.call<Message[]>('QUERY', '/messages', { json: { ...json, ...more } });

  const first = await timeline({ order: 'desc' });
  const pages = [first];
  for (let page = first; page.body.length > 0; pages.push(page)) {
    page = await timeline({ order: 'desc', before: page.body.at(-1)?.id });
  }
  const seen = pages.flatMap(({ body }) => body);
  assert.deepEqual(
    seen.map(({ user, text }) => [user.username, text]).sort(),
    [1, 2].flatMap((round) => json.user.map((name) => [name, `${name}, ${round}`])).sort(),
  );
  assert.deepEqual(
    seen.map(({ id }) => id),
    seen.map(({ id }) => id).sort((left, right) => right - left),
  );

  const body = JSON.stringify({ user: json.user, after: first.headers.get('last-event-id') });
  const reader = await openStream(url, '/stream', {
    method: 'QUERY',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await board.as('person310').messages.post({ text: 'not followed' });
  await board.as('person7').messages.post({ text: 'followed' });
  const { message } = await reader.next();
  assert.equal(message && 'text' in message && message.text, 'followed');
});

test('50 avatars: many people at once', async (t) => {
  const database = await temporaryDatabase(t);
  const names = numbers(1, 60).map((n) => `person${n}`);
  await makePeople(database, names);
  const { api } = await startTestServer(t, { database });

  const wanted = names.slice(5, 55);
  const query = wanted.map((name, n) => `user=${n % 2 === 0 ? name : names.indexOf(name) + 1}`).join('&');
  const { body } = await api.get<User[]>(`/users?${query}&user=nobody`);
  assert.deepEqual(
    body.map(({ username, bio }) => [username, bio]),
    wanted.toSorted().map((name) => [name, `I am ${name}`]),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Topic } from '../src/model/topic.ts';
import type { User } from '../src/model/user.ts';
import type { Answer } from './support/api.ts';
import { temporaryDatabase } from './support/database.ts';
import { links } from './support/links.ts';
import { makePeople } from './support/people.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';

/** In the order of code points, which in the end is not that of UTF-16. */
const TOPICS = [
  '',
  '%',
  '%a',
  '10',
  '7',
  '@ann',
  'Red',
  '_',
  'a',
  'ab',
  'a\u{10ffff}',
  'b',
  'red',
  'é',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '🐱',
  '\u{10ffff}',
  '\u{10ffff}x',
].slice(1);
const PEOPLE = ['Ann', 'anna', 'ben', 'ben.2', 'ben_', 'Ben-3', 'zoë', 'яна'];

const database = await temporaryDatabase(test);
await makePeople(database, PEOPLE);
const { api } = await startTestServer(test, { database });
const kitten = await api.signUp('kitten');
for (const topic of TOPICS.toReversed()) await api.say(kitten, { text: `on ${topic}`, topics: [topic] });
await api.say(kitten, { text: 'secret', topics: ['secret'], to: ['ben'] });
const gone = await api.say(kitten, { text: 'gone', topics: ['gone'] });
await api.delete(`/message/${gone.id}`, { as: kitten });

const topicsOf = (answer: { body: Topic[] }) => answer.body.map(({ topic }) => topic);
const namesOf = (answer: { body: User[] }) => answer.body.map(({ username }) => username);
const encoded = encodeURIComponent;

test('topics stand by name in the order of code points; what is private or gone is not there', async () => {
  assert.deepEqual(topicsOf(await api.get<Topic[]>('/topics?limit=100')), TOPICS);
});

test('topics stand by activity, latest first', async () => {
  assert.deepEqual(topicsOf(await api.get<Topic[]>('/topics?limit=100&order=active')), TOPICS);
  const other = await startTestServer(test);
  const puppy = await other.api.signUp('puppy');
  for (const topic of ['a', 'b', 'a', 'c']) await other.api.say(puppy, { text: topic, topics: [topic] });
  assert.deepEqual(topicsOf(await other.api.get<Topic[]>('/topics?order=active')), ['c', 'a', 'b']);
});

for (const prefix of [
  'a',
  'ab',
  '%',
  '_',
  'R',
  'é',
  '\ud7ff',
  '🐱',
  '\u{10ffff}',
  'a\u{10ffff}',
  '1',
  'nothing',
  'secret',
]) {
  test(`the prefix ${JSON.stringify(prefix)} stands for itself alone`, async () => {
    const want = TOPICS.filter((topic) => topic.startsWith(prefix));
    for (const order of ['name', 'active'])
      assert.deepEqual(topicsOf(await api.get<Topic[]>(`/topics?order=${order}&prefix=${encoded(prefix)}`)), want);
  });
}

for (const order of ['name', 'active']) {
  for (const prefix of [null, 'a']) {
    test(`Link leads through all topics and back, order=${order}, prefix ${prefix}`, async () => {
      const want = TOPICS.filter((topic) => topic.startsWith(prefix ?? ''));
      let path = `/topics?limit=2&order=${order}${prefix === null ? '' : `&prefix=${prefix}`}`;
      const there: string[] = [];
      let last = path;
      for (let next: string | undefined = path; next !== undefined; ) {
        path = next;
        const page: Answer<Topic[]> = await api.get<Topic[]>(path);
        there.push(...topicsOf(page));
        if (page.body.length > 0) last = path;
        next = links(page.headers, '/topics')['next'];
      }
      assert.deepEqual(there, want);

      const back: string[] = [];
      for (let prev: string | undefined = last; prev !== undefined; ) {
        const page: Answer<Topic[]> = await api.get<Topic[]>(prev);
        back.unshift(...topicsOf(page));
        prev = links(page.headers, '/topics')['prev'];
      }
      assert.deepEqual(back, want);
    });
  }
}

test('a page of topics says where the stream goes on', async () => {
  const cursor = (await api.get('/topics')).headers.get('last-event-id');
  const headers = { accept: 'application/json' };
  assert.deepEqual((await api.get<StreamEvent[]>(`/stream?poll=1&after=${cursor}`, { headers })).body, []);
});

for (const [path, field] of [
  ['/topics?order=asc', 'order'],
  ['/topics?limit=101', 'limit'],
  ['/topics?order=active&after=a', 'after'],
  ['/topics?order=active&before=-1', 'before'],
  ['/topics?prefix=a&prefix=b', 'prefix'],
  ['/topics?offset=1', 'offset'],
  ['/users?limit=0', 'limit'],
  ['/users?before=a', 'before'],
  [`/users?${Array.from({ length: 101 }, (_, n) => `user=${n}`).join('&')}`, 'user'],
] as const) {
  test(`refused: ${path.slice(0, 60)}`, async () => {
    assertProblem(await api.get(path), 400, field);
  });
}

const SORTED = ['Ann', 'anna', 'ben', 'Ben-3', 'ben.2', 'ben_', 'kitten', 'zoë', 'яна'];

for (const [name, query, want] of [
  ['stand by name, without case', '', SORTED],
  ['can be limited', '?limit=2', ['Ann', 'anna']],
  ['go on after a name', '?after=ANNA&limit=2', ['ben', 'Ben-3']],
  ['go on after a name that nobody has', '?after=c', ['kitten', 'zoë', 'яна']],
  ['can begin with a prefix, in any case', '?prefix=BEN', ['ben', 'Ben-3', 'ben.2', 'ben_']],
  ['can begin with what looks like a pattern', '?prefix=ben_', ['ben_']],
  ['cannot begin with a pattern', '?prefix=%25', []],
  ['can begin with any letter', `?prefix=${encoded('Я')}`, ['яна']],
  ['go on after a name within a prefix', '?prefix=ben&after=ben.2', ['ben_']],
  ['can be looked up, many at once', '?user=kitten&user=2&user=nobody&user=KITTEN&user=999', ['anna', 'kitten']],
  ['can be looked up within a prefix', '?user=kitten&user=ben&prefix=b', ['ben']],
] as const) {
  test(`users ${name}`, async () => {
    const answer = await api.get<User[]>(`/users${query}`);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(namesOf(answer), want);
  });
}

test('Link leads through all users', async () => {
  const found: string[] = [];
  for (let path: string | undefined = '/users?limit=4'; path !== undefined; ) {
    const page: Answer<User[]> = await api.get<User[]>(path);
    found.push(...namesOf(page));
    path = links(page.headers, '/users')['next'];
  }
  assert.deepEqual(found, SORTED);
});

test('a user in the list is as by itself', async () => {
  const [user] = (await api.get<User[]>('/users?user=kitten')).body;
  assert.deepEqual(user, (await api.get('/user/kitten')).body);
});

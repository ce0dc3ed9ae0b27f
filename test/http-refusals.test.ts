import assert from 'node:assert/strict';
import test from 'node:test';
import { startTestServer } from './support/server.ts';

const { api } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const puppy = await api.signUp('puppy');
const { id } = await api.say(puppy, { text: 'Woof.', topics: Array.from({ length: 8 }, (_, n) => `topic ${n}`) });

for (const [name, method, path, json, status, told] of [
  ['a log-out of some sessions', 'DELETE', '/session?all=2', undefined, 400, /must be 0 or 1/],
  ['a log-out with what is not known', 'DELETE', '/session?al=1', undefined, 400, /is not known here/],
  ['a poll that is half one', 'GET', '/stream?poll=2', undefined, 400, /must be 0 or 1/],
  ['a token for streams that is none', 'GET', '/stream?token=yarn', undefined, 401, /./],
  ['a session with a filter, for more than streams', 'POST', '/session', { filter: {} }, 400, /goes with stream: true/],
  ['a password without a name', 'POST', '/session', { password: 'yarn' }, 400, /username/],
  ['the messages of somebody else', 'DELETE', '/messages?user=puppy', undefined, 403, /moderators/i],
  [
    'an answer whose topics and its thread’s are too many',
    'POST',
    '/message',
    answerWith(3),
    400,
    /with those of its thread/,
  ],
  [
    'a name that reads otherwise from the right',
    'POST',
    '/user',
    { username: '1אב', password: 'yarn' },
    400,
    /username/,
  ],
  ['a name that ends in neither direction', 'POST', '/user', { username: 'אב.', password: 'yarn' }, 400, /username/],
  ['a name with digits of two kinds', 'POST', '/user', { username: 'اب1٢', password: 'yarn' }, 400, /username/],
] as const) {
  test(`${name} is refused with ${status}, and why`, async () => {
    const before = await api.cursor();
    const answer = await api.call(method, path, { as: kitten, ...(json !== undefined && { json }) });
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.text, told);
    assert.equal(await api.cursor(), before);
  });
}

for (const username of ['אב1', 'اب٢', 'שלום_עולם']) {
  test(`${username} can be a name: it reads the same from either side`, async () => {
    await api.signUp(username);
    assert.equal((await api.get(`/user/${encodeURIComponent(username)}`)).status, 200);
  });
}

function answerWith(topics: number) {
  return { text: 'Meow.', replyTo: id, topics: Array.from({ length: topics }, (_, n) => `other ${n}`) };
}

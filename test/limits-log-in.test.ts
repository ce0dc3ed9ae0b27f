import assert from 'node:assert/strict';
import test from 'node:test';
import type { Person } from './support/api.ts';
import { countAllowed, from, MINUTE, startLimited } from './support/limited.ts';
import { assertProblem } from './support/problem.ts';

const wrong = (username: string, n: number | string): Person => ({ username, password: `guess ${n}` });

test('the 11th wrong password is refused unheard, to this address and name alone', async (t) => {
  const { api, clock } = await startLimited(t);
  const [kitten, puppy] = [await api.signUp('kitten'), await api.signUp('puppy')];
  const read = (as: Person, address: string) => api.get('/messages', { as, ...from(address) });
  for (let n = 1; n <= 10; n++) assertProblem(await read(wrong('kitten', n), '10.0.0.1'), 401);

  assertProblem(await read(wrong('kitten', 11), '10.0.0.1'), 429);
  assertProblem(await read(wrong('KITTEN', 12), '10.0.0.1'), 429);
  assertProblem(await read(kitten, '10.0.0.1'), 429);
  assert.equal((await read(kitten, '10.0.0.2')).status, 200, 'the account is not locked');
  assert.equal((await read(puppy, '10.0.0.1')).status, 200, 'nor is the address');
  clock.ms += MINUTE;
  assert.equal((await read(kitten, '10.0.0.1')).status, 200);
});

test('names that nobody has, and that nobody can have, are counted alike', async (t) => {
  const { api } = await startLimited(t);
  for (const username of ['nobody', 'two words']) {
    for (let n = 1; n <= 10; n++) assertProblem(await api.get('/messages', { as: wrong(username, n) }), 401);
    assertProblem(await api.get('/messages', { as: wrong(username, 11) }), 429);
  }
});

test('100 wrong passwords a minute come from an address, whatever the names', async (t) => {
  const { api } = await startLimited(t, { 'address-failed-logins': '15/min' });
  const kitten = await api.signUp('kitten');
  let n = 0;
  const guess = () => api.get('/messages', { as: wrong(`cat${++n % 5}`, n) });
  assert.equal(await countAllowed(20, guess), 15);
  assertProblem(await api.get('/messages', { as: kitten }), 429);
  assert.equal((await api.get('/messages')).status, 200, 'reading needs no password');
});

test('a log-in form is no way around it', async (t) => {
  const { api } = await startLimited(t);
  const kitten = await api.signUp('kitten');
  const logIn = (json: Person) => api.post('/session', json);
  for (let n = 1; n <= 10; n++) assertProblem(await logIn(wrong('kitten', n)), 401);
  assertProblem(await logIn(wrong('kitten', 11)), 429);
  assertProblem(await logIn(kitten), 429);
  assertProblem(await api.get('/messages', { as: kitten }), 429);
});

test('guesses at one’s current password count as well', async (t) => {
  const { api } = await startLimited(t);
  const kitten = await api.signUp('kitten');
  const change = (currentPassword: string) =>
    api.call('PATCH', '/user', { as: kitten, json: { password: 'wool', currentPassword } });
  for (let n = 1; n <= 10; n++) assertProblem(await change(`guess ${n}`), 403);
  assertProblem(await change('guess 11'), 429);
  assertProblem(await change('yarn'), 429);
  assertProblem(await api.get('/messages', { as: kitten }), 429);
});

test('many guesses at once are no more than 10', async (t) => {
  const { api } = await startLimited(t);
  await api.signUp('kitten');
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) => api.get('/messages', { as: wrong('kitten', n) })),
  );
  assert.equal(answers.filter(({ status }) => status === 401).length, 10);
  assert.equal(answers.filter(({ status }) => status === 429).length, 30);
});

test('the right password costs nothing, however often and at once', async (t) => {
  const { api } = await startLimited(t);
  const kitten = await api.signUp('kitten');
  const all = await Promise.all(Array.from({ length: 40 }, () => api.get('/messages', { as: kitten })));
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([200]));
  for (let n = 1; n <= 10; n++) assertProblem(await api.get('/messages', { as: wrong('kitten', n) }), 401);
});

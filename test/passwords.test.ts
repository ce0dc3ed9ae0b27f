/** What passwords are checked by, whoever made it, and what that may cost. */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import test from 'node:test';
import { isPasswordHash, Passwords } from '../src/board/passwords.ts';
import { BoardError } from '../src/model/errors.ts';

const SALT = 'c29tZXNhbHQ';
const TAG = 'A'.repeat(22);

for (const [stored, isOne] of [
  [argon({}), true],
  [argon({ memory: 262_144, passes: 10, parallelism: 16 }), true],
  [argon({ memory: 262_145 }), false],
  [argon({ passes: 11 }), false],
  [argon({ parallelism: 17 }), false],
  [argon({ passes: 0 }), false],
  [argon({ parallelism: 0 }), false],
  [argon({ memory: 16, parallelism: 2 }), true],
  [argon({ memory: 15, parallelism: 2 }), false],
  [argon({}).replace('argon2id', 'argon2i'), false],
  [argon({}).replace('v=19', 'v=16'), false],
  [`x${argon({})}`, false],
  [`${argon({})} `, false],
  [`$argon2id$v=19$m=8,t=1,p=1$${'s'.repeat(10)}$${TAG}`, false],
  [`$argon2id$v=19$m=8,t=1,p=1$${SALT}$${'A'.repeat(15)}`, false],
  [`$argon2id$v=19$m=8,t=1,p=1$${'s'.repeat(89)}$${TAG}`, false],
  [`$argon2id$v=19$m=8,t=1,p=1$${SALT}$${'A'.repeat(89)}`, false],
  [werkzeug('pbkdf2:sha1:1'), true],
  [werkzeug('pbkdf2:sha256:1000000'), true],
  [werkzeug('pbkdf2:sha512:1000'), true],
  [werkzeug('pbkdf2:sha256:1000001'), false],
  [werkzeug('pbkdf2:sha256:0'), false],
  [werkzeug('pbkdf2:md5:1000'), false],
  [werkzeug('xpbkdf2:sha1:1000'), false],
  [werkzeug('pbkdf2:sha1:1000x'), false],
  [werkzeug('scrypt:32768:8:1'), true],
  [werkzeug('scrypt:2:1:1'), true],
  [werkzeug('scrypt:65536:8:4'), true],
  [werkzeug('scrypt:65536:9:4'), false],
  [werkzeug('scrypt:131072:8:4'), false],
  [werkzeug('scrypt:65536:8:5'), false],
  [werkzeug('scrypt:1:8:1'), false],
  [werkzeug('scrypt:0:8:1'), false],
  [werkzeug('scrypt:3:8:1'), false],
  [werkzeug('scrypt:2:0:1'), false],
  [werkzeug('scrypt:2:1:0'), false],
  [werkzeug('xscrypt:2:1:1'), false],
  [werkzeug('scrypt:2:1:1x'), false],
  [werkzeug('scrypt:2:1:1', { hex: 'ab'.repeat(15) }), false],
  [werkzeug('scrypt:2:1:1', { hex: 'ab'.repeat(64) }), true],
  [werkzeug('scrypt:2:1:1', { hex: 'ab'.repeat(65) }), false],
  [werkzeug('scrypt:2:1:1', { hex: `${'ab'.repeat(16)}a` }), false],
  [werkzeug('scrypt:2:1:1', { salt: '' }), false],
  [werkzeug('scrypt:2:1:1', { salt: 's'.repeat(101) }), false],
  [`x ${werkzeug('scrypt:2:1:1')}`, false],
  ['yarn', false],
  ['', false],
] as const) {
  test(`${stored.slice(0, 60) || 'nothing'}… (${stored.length}) is ${isOne ? '' : 'not '}what a password is checked by`, () => {
    assert.equal(isPasswordHash(stored), isOne);
  });
}

test('a password is told from others by what is stored of it, whoever stored it', async () => {
  const passwords = new Passwords();
  for (const [password, stored] of [
    ['yarn', await passwords.hash('yarn')],
    // Made by Werkzeug itself.
    ['yarn', 'pbkdf2:sha1:1000$9pk2lYqm$7f65d8c13c68ba2f99aaa47d371bedbbc1428e37'],
    [
      'silk',
      'scrypt:32768:8:1$1QDKQ9qt$09fe4af40332197100296b775572c6e53bbb079a2dde20b668c31611f7b8f54c2525052bceddb35f4d560602a51402a46adad091bf061aec32b178fede5bfdee',
    ],
  ] as const) {
    assert.equal(await passwords.check('kitten', password, stored), true, stored);
    assert.equal(await passwords.check('kitten', 'wool', stored), false, stored);
  }
  assert.equal(await passwords.check('kitten', 'yarn', null), false);
  assert.equal(await passwords.check('kitten', 'yarn', 'no hash'), false);
});

test('a password is the same however it is typed', async () => {
  const passwords = new Passwords();
  const stored = await passwords.hash('pass\u00e9 of\u00a0mine');
  assert.equal(await passwords.check('kitten', 'passe\u0301 of mine', stored), true);
  assert.equal(await passwords.check('kitten', 'passe of mine', stored), false);
});

test('what is stored at less than today’s cost is weak', () => {
  const passwords = new Passwords();
  const costs = { memory: 19_456, passes: 2, parallelism: 1 };
  assert.equal(passwords.isWeak(argon(costs)), false);
  assert.equal(passwords.isWeak(argon({ memory: 19_457, passes: 3, parallelism: 2 })), false);
  assert.equal(passwords.isWeak(argon({ ...costs, memory: 19_455 })), true);
  assert.equal(passwords.isWeak(argon({ ...costs, passes: 1 })), true);
  assert.equal(passwords.isWeak(werkzeug('scrypt:32768:8:1')), true);
});

test('the same credentials at once cost one hash, and again later another one', async () => {
  const passwords = new Passwords();
  let hashes = 0;
  const check = (name: string, password: string) => passwords.check(name, password, argon({}), () => hashes++);

  await Promise.all([check('kitten', 'a'), check('kitten', 'a'), check('puppy', 'a'), check('kitten', 'b')]);
  assert.equal(hashes, 3);
  await check('kitten', 'a');
  assert.equal(hashes, 4);
});

test('200 log-ins wait for a core, one more is told to come back, and all of that is over when these are done', async () => {
  const passwords = new Passwords();
  const cores = availableParallelism();
  const quick = argon({ memory: 8, passes: 1 });
  for (let round = 0; round < 2; round++) {
    const checks = Array.from({ length: 200 + cores + 1 }, (_, index) => passwords.check('kitten', `${index}`, quick));
    const told = await Promise.allSettled(checks);
    const refused = told.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 1);
    const [last] = refused;
    const fault = last?.status === 'rejected' ? last.reason : null;
    assert.ok(fault instanceof BoardError);
    assert.deepEqual([fault.code, fault.retryAfter], ['unavailable', 5]);
  }
});

function argon({ memory = 8, passes = 1, parallelism = 1 }): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${SALT}$${TAG}`;
}

function werkzeug(method: string, { salt = 'salt', hex = 'ab'.repeat(32) } = {}): string {
  return `${method}$${salt}$${hex}`;
}

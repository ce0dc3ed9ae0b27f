import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { User } from '../src/model/user.ts';
import { bearer, type Person } from './support/api.ts';
import type { Command } from './support/command.ts';
import { eventually } from './support/eventually.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { startOnTerminal } from './support/terminal.ts';

const operatorToken = 'the-operator-of-this-board';
const { api, url, database } = await startTestServer(test, { operatorToken });
await api.signUp('moderator');

const IN_DATABASE = ['--database', database.url];
const AT_SERVER = ['--url', url];
const operators = [
  ['in a database', IN_DATABASE, {}],
  ['at a server', AT_SERVER, { MSGBOARD_OPERATOR_TOKEN: operatorToken }],
] as const;

const user = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runToEnd(['user', ...args], { env });
const usersOf = (lines: string) =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as User);
/** What a log-in is answered with. A change of another process's is known a moment later. */
const logIn = async (username: string, password: string) =>
  (await api.post('/session', { username, password } satisfies Person)).status;
const letsIn = (username: string, password: string, status = 201) =>
  eventually(async () => assert.equal(await logIn(username, password), status));

for (const [index, [name, place, env]] of operators.entries()) {
  test(`the operator ${name} makes, changes, bans and deletes accounts`, async () => {
    const who = `cat${index}`;
    const about = ['--bio', 'Meow.', '--data', '{"colour":"black"}'];
    const added = await user(['add', who, ...about, ...place], { ...env, MSGBOARD_NEW_PASSWORD: 'yarn' });
    assert.equal(added.code, 0, added.output);
    const { body } = await api.get<User>(`/user/${who}`);
    assert.deepEqual(usersOf(added.printed), [body]);
    assert.deepEqual([body.bio, body.data], ['Meow.', { colour: 'black' }]);
    await letsIn(who, 'yarn');
    await api.say({ username: who, password: 'yarn' }, 'here');

    const changed = await user(['passwd', who, ...place], { ...env, MSGBOARD_NEW_PASSWORD: 'wool' });
    assert.equal(changed.code, 0, changed.output);
    await letsIn(who, 'wool');
    assert.equal(await logIn(who, 'yarn'), 401);

    assert.equal((await user(['ban', who, ...place], env)).code, 0);
    await letsIn(who, 'wool', 401);
    const refused = await user(['delete', who, '--yes', ...place], env);
    assert.deepEqual([refused.code, refused.printed], [1, '']);
    assert.match(refused.output, new RegExp(`^msgboard: ${who} is banned, .*msgboard user unban ${who} first\\.\\n$`));
    assert.equal((await user(['unban', who, ...place], env)).code, 0);
    await letsIn(who, 'wool');

    const kept = await user(['delete', who, ...place], env);
    assert.deepEqual([kept.code, kept.printed], [2, '']);
    assert.match(kept.output, /--yes/);
    assert.equal(await logIn(who, 'wool'), 201);
    const gone = await user(['delete', `${body.id}`, '--yes', ...place], env);
    assert.equal(gone.code, 0, gone.output);
    assert.equal(usersOf(gone.printed)[0]?.username, who);
    await eventually(async () => assert.equal((await api.get(`/user/${who}`)).status, 404));
    await eventually(async () => assert.ok((await api.board()).every((message) => message.user.username !== who)));
  });
}

for (const [name, args] of [
  ['lists', ['list']],
  ['bans', ['ban', 'moderator']],
  ['is somebody', ['passwd', '--user', 'moderator', '--new-password-file', '/dev/null']],
] as const) {
  test(`whoever ${name} by a token that is not the operator's is told which variable holds it`, async () => {
    const ended = await user([...args, ...AT_SERVER], { MSGBOARD_OPERATOR_TOKEN: `${operatorToken}s` });
    assert.deepEqual([ended.code, ended.printed], [1, '']);
    assert.match(ended.output, /^msgboard: what MSGBOARD_OPERATOR_TOKEN holds is not the operator's token at http/);
  });
}

test('accounts are listed by name, all or some of them', async () => {
  for (let n = 0; n < 120; n++) await api.post('/user', { username: `many-${n}` }, { headers: bearer(operatorToken) });
  const expected = (await api.get<User[]>('/users?prefix=many-1&limit=100')).body;
  for (const place of [IN_DATABASE, AT_SERVER]) {
    const some = await user(['list', '--prefix', 'many-1', '--limit', '100', ...place]);
    assert.deepEqual(usersOf(some.printed), expected);
  }
  assert.equal(usersOf((await user(['list', ...IN_DATABASE])).printed).length, 20);
  const all = usersOf((await user(['list', '--all', '--prefix', 'many-', ...AT_SERVER])).printed);
  assert.equal(new Set(all.map(({ id }) => id)).size, 120);
  const named = usersOf((await user(['list', 'many-3', 'moderator', 'many-99', ...IN_DATABASE])).printed);
  assert.deepEqual(named.map(({ username }) => username).toSorted(), ['many-3', 'many-99', 'moderator']);
  const behind = usersOf((await user(['list', '--after', 'many-98', '--limit', '1', ...IN_DATABASE])).printed);
  assert.deepEqual(
    behind.map(({ username }) => username),
    ['many-99'],
  );
});

test('one changes and deletes oneself with the password, and nobody else', async (t) => {
  await api.signUp('puppy');
  await api.signUp('kitten');
  const place = [...AT_SERVER, '--user', 'puppy'];
  const file = join(database.dir, 'password');
  await writeFile(file, 'bone and ball\nanother line\n');
  const env = { MSGBOARD_PASSWORD: 'yarn' };
  const changed = await user(['passwd', '--new-password-file', file, ...place], env);
  assert.equal(changed.code, 0, changed.output);
  assert.equal(await logIn('puppy', 'bone and ball'), 201);

  for (const [name, args, code] of [
    ['the old password', ['delete', '--yes', ...place], 1],
    ['another account', ['delete', 'kitten', '--yes', '--password-file', file, ...place], 2],
    ['a ban of another', ['ban', 'kitten', '--password-file', file, ...place], 1],
    ['nobody in particular', ['delete', 'kitten', '--yes', ...AT_SERVER], 1],
  ] as const) {
    await t.test(`not with ${name}`, async () => {
      assert.equal((await user(args, env)).code, code);
      assert.equal(await logIn('kitten', 'yarn'), 201);
      assert.equal(await logIn('puppy', 'bone and ball'), 201);
    });
  }
  const { body } = await api.get<User>('/user/puppy');
  const gone = await user(['delete', '--yes', '--password-file', file, ...place], env);
  assert.deepEqual([gone.code, usersOf(gone.printed)], [0, [body]]);
  assert.equal(await logIn('puppy', 'bone and ball'), 401);
});

test('a moderator bans by their own password', async () => {
  await api.signUp('troll');
  await runToEnd(['moderator', 'add', 'moderator', ...IN_DATABASE]);
  const place = [...AT_SERVER, '--user', 'moderator'];
  await eventually(async () =>
    assert.equal((await user(['ban', 'troll', ...place], { MSGBOARD_PASSWORD: 'yarn' })).code, 0),
  );
  assert.equal(await logIn('troll', 'yarn'), 401);
});

test('on a terminal passwords are asked for, a new one twice, and never shown', async (t) => {
  await api.signUp('typist');
  const command = startOnTerminal(t, ['user', 'passwd', ...AT_SERVER, '--user', 'typist']);
  await answer(command, /Password of typist: $/, 'yarn');
  await answer(command, /New password of typist: $/, 'secret-wool');
  await answer(command, /The same once more: $/, 'secret-wool');
  assert.equal((await command.ended()).code, 0, command.printed());
  assert.match(command.printed(), /typist has a new password\.\r\n$/);
  assert.doesNotMatch(command.printed(), /yarn|wool/);
  assert.equal(await logIn('typist', 'secret-wool'), 201);

  const slip = startOnTerminal(t, ['user', 'add', 'clumsy', ...IN_DATABASE]);
  await answer(slip, /New password of clumsy: $/, 'wool');
  await answer(slip, /The same once more: $/, 'wolo');
  assert.equal((await slip.ended()).code, 2);
  assert.equal((await api.get('/user/clumsy')).status, 404);
});

test('on a terminal a deletion is asked about', async (t) => {
  await api.signUp('unsure');
  const args = ['user', 'delete', 'unsure', ...IN_DATABASE];
  for (const [reply, code] of [
    ['n', 2],
    ['', 2],
    ['y', 0],
  ] as const) {
    assert.equal((await api.get('/user/unsure')).status, 200);
    const command = startOnTerminal(t, args);
    await answer(command, /for good\? \[y\/N\] /, reply);
    assert.equal((await command.ended()).code, code, command.printed());
  }
  await eventually(async () => assert.equal((await api.get('/user/unsure')).status, 404));
});

test('on a terminal accounts are a table', async (t) => {
  await api.signUp('shown', { bio: 'a\u001b[2Jb' });
  const command = startOnTerminal(t, ['user', 'list', 'shown', ...IN_DATABASE, '--no-color'], { columns: 100 });
  await command.ended();
  const [titles, row, ...more] = command.printed().split('\r\n');
  assert.match(titles ?? '', /^ID +USERNAME +CREATED +MODERATOR +BIO$/);
  assert.match(row ?? '', /^\d+ +shown +\d{4}-.* a␛\[2Jb$/);
  assert.deepEqual(more, ['']);
});

for (const [name, args, code, told] of [
  ['a name that is taken', ['add', 'moderator', '--no-password', ...IN_DATABASE], 1, /taken/],
  ['a name that nobody can have', ['add', '12', '--no-password', ...IN_DATABASE], 1, /username/],
  ['a password on the command line', ['add', 'cat', '--new-password', 'yarn', ...IN_DATABASE], 2, /new-password/],
  ['no terminal to ask for a password on', ['add', 'cat', ...IN_DATABASE], 2, /MSGBOARD_NEW_PASSWORD/],
  ['no name', ['ban', ...IN_DATABASE], 2, /name/],
  ['no name for the operator', ['delete', '--yes', ...IN_DATABASE], 2, /whose/],
  ['somebody whom nobody knows', ['ban', 'nobody', ...IN_DATABASE], 1, /nobody/],
  ['a server that is away', ['list', '--url', 'http://127.0.0.1:1'], 3, /reached/],
] as const) {
  test(`user with ${name} ends with ${code} and says why`, async () => {
    const ended = await user(args);
    assert.equal(ended.code, code, ended.output);
    assert.match(ended.output, told);
    assert.doesNotMatch(ended.output, /\n\s+at /);
  });
}

async function answer(command: Command, question: RegExp, reply: string): Promise<void> {
  await eventually(() => assert.match(command.printed(), question));
  command.write(`${reply}\r`);
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, chmod, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { temporaryDatabase } from './support/database.ts';
import { runToEnd, startProgram } from './support/program.ts';

test('it says where it listens, what it stores where, and what to try first', async (t) => {
  const { url, file } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url, '--log', 'off']);
  const { port } = new URL(program.url);

  assert.ok(program.output().includes(`http://localhost:${port}`));
  assert.ok(program.output().includes(file), program.output());
  assert.ok(
    (program.output().match(new RegExp(`http (?:POST|GET) localhost:${port}`, 'g'))?.length ?? 0) >= 2,
    program.output(),
  );
});

test('settings come from the environment too', async (t) => {
  const { url, file } = await temporaryDatabase(t);
  const env = { MSGBOARD_PORT: '0', MSGBOARD_HOST: '127.0.0.1', MSGBOARD_DATABASE: url };
  const program = await startProgram(t, [], { env });
  await program.api.signUp('kitten');
  await access(file);
});

test('who may use it, and how much, is set by arguments and by the environment', async (t) => {
  const { url } = await temporaryDatabase(t);
  const env = {
    MSGBOARD_RATE_LIMIT: 'on',
    MSGBOARD_CORS: 'https://a.example, https://b.example',
    MSGBOARD_LIMIT: 'reads=3/min signups=off',
  };
  const args = ['--port', '0', '--database', url, '--origin', 'https://c.example', '--origin', 'https://d.example'];
  const { api } = await startProgram(t, [...args, '--trust-proxy', '127.0.0.0/8'], { env });
  const as = await api.signUp('kitten');

  for (const origin of ['https://a.example', 'https://b.example', 'https://c.example', 'https://d.example'])
    assert.equal((await api.post('/message', { text: origin }, { as, headers: { origin } })).status, 201);
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) {
    statuses.push((await api.get('/messages', { headers: { 'x-forwarded-for': '192.0.2.1' } })).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  assert.equal((await api.get('/messages')).status, 200);
});

test('--rate-limit off lifts all limits', async (t) => {
  const { url } = await temporaryDatabase(t);
  const env = { MSGBOARD_RATE_LIMIT: 'on' };
  const { api } = await startProgram(t, ['--port', '0', '--database', url, '--rate-limit', 'off'], { env });
  for (let n = 0; n < 12; n++) await api.signUp(`cat${n}`);
});

test('an argument wins over the environment', async (t) => {
  const { url, dir, file } = await temporaryDatabase(t);
  const env = { MSGBOARD_PORT: '1', MSGBOARD_DATABASE: `sqlite:${join(dir, 'other.db')}` };
  await startProgram(t, ['--port', '0', '--database', url], { env });

  await access(file);
  await assert.rejects(access(join(dir, 'other.db')));
});

test('left alone, it keeps the board in msgboard.db where it is started', async (t) => {
  const { dir } = await temporaryDatabase(t);
  await startProgram(t, ['--port', '0'], { cwd: dir });
  await access(join(dir, 'msgboard.db'));
});

test('a new board is for its owner alone, and one that is there keeps its mode', async (t) => {
  const { dir, file, url } = await temporaryDatabase(t, undefined);
  const modesIn = async (ends: readonly string[]) =>
    Promise.all(ends.map(async (end) => (await stat(file + end)).mode & 0o777));
  const first = await startProgram(t, ['--port', '0', '-d', url], { cwd: dir });
  await first.api.signUp('kitten');
  assert.deepEqual(await modesIn(['', '-wal', '-shm']), [0o600, 0o600, 0o600]);
  await first.end('SIGTERM');

  await chmod(file, 0o644);
  const second = await startProgram(t, ['--port', '0', '-d', url], { cwd: dir });
  await second.api.signUp('puppy');
  assert.deepEqual(await modesIn(['', '-wal', '-shm']), [0o644, 0o644, 0o644]);
});

test('a command in a folder without a board says how one comes about', async (t) => {
  const { dir } = await temporaryDatabase(t, undefined);
  const { code, output } = await runToEnd(['user', 'add', 'kitten', '--no-password'], { cwd: dir });
  assert.equal(code, 1);
  assert.match(output, /^msgboard: there is no board in msgboard\.db\. .*, or start one with msgboard serve\.\n$/);
  await assert.rejects(access(join(dir, 'msgboard.db')));
});

test('a board in memory leaves no file', async (t) => {
  const { dir } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', 'sqlite::memory:'], { cwd: dir });
  const kitten = await program.api.signUp('kitten');
  await program.api.say(kitten, 'I love kittens!');

  assert.equal((await program.api.board()).length, 1);
  await assert.rejects(access(join(dir, ':memory:')));
  await assert.rejects(access(join(dir, 'msgboard.db')));
});

test('init_db makes the tables, serves, and drops nothing', async (t) => {
  const { url } = await temporaryDatabase(t);
  const settings = ['--port', '0', '--database', url];
  const first = await startProgram(t, ['init_db', ...settings]);
  await first.api.say(await first.api.signUp('kitten'), 'I love kittens!');
  assert.deepEqual(await first.end('SIGTERM'), { code: 0, signal: null });

  const again = await startProgram(t, ['init_db', ...settings]);
  assert.deepEqual(
    (await again.api.board()).map(({ text }) => text),
    ['I love kittens!'],
  );
});

test('--help explains every setting', async () => {
  const { code, output } = await runToEnd(['--help']);
  assert.equal(code, 0);
  for (const word of [
    '--port',
    '--host',
    '--database',
    'init_db',
    'MSGBOARD_PORT',
    'MSGBOARD_HOST',
    'MSGBOARD_DATABASE',
    '--origin',
    '--cors',
    '--trust-proxy',
    '--limit',
    '--rate-limit',
  ]) {
    assert.ok(output.includes(word), `${word} in:\n${output}`);
  }
});

for (const [name, args, told] of [
  ['an argument that it does not know', ['--prot', '8080'], /--prot/],
  ['a port that is none', ['--port', 'http'], /port/i],
  ['a port too high', ['--port', '65536'], /port/i],
  ['a database of another world', ['--database', 'gopher://db'], /gopher|database/i],
  ['a folder that is not there', ['--port', '0', '--database', 'sqlite:/nowhere/at/all/board.db'], /nowhere/],
  ['a command that it does not know', ['drop_db'], /^error: there is no command drop_db\.\nRun msgboard --help/],
  ['a command behind an option', ['--port', '0', 'drop_db'], /there is no command drop_db/],
  ['a word that serve does not take', ['serve', 'cats'], /serve takes no words.* cats\?/],
  ['an origin that is none', ['--origin', 'chat.example'], /chat\.example.*https:/],
  ['every origin', ['--cors', '*'], /\* is no origin/],
  ['a proxy that has no address', ['--port', '0', '--trust-proxy', 'nginx'], /nginx/],
  ['a limit that it does not know', ['--limit', 'mesages=5/min'], /mesages.*messages/],
  ['a limit without a time', ['--limit', 'messages=5'], /messages=120\/min/],
  ['a limit without an amount', ['--limit', 'messages'], /messages=120\/min/],
  ['a limit with a time that makes no sense', ['--limit', 'streams=5/min'], /streams=20\b/],
  ['a farewell that is too long', ['--drain', '3601'], /3600/],
  ['an address of another machine', ['--port', '0', '--database', 'sqlite::memory:', '--host', '192.0.2.1'], /--host/],
  ['half an answer', ['--rate-limit', 'maybe'], /maybe/],
  ['a bell that is none', ['--port', '0', '--database', 'sqlite::memory:', '--bell', 'cow'], /no bell.*redis/],
] as const) {
  test(`${name} is refused in a sentence, not in a stack`, async () => {
    const { code, output } = await runToEnd(args);
    assert.ok(code !== 0 && code !== null, output);
    assert.match(output, told);
    assert.doesNotMatch(output, /\n\s+at /);
  });
}

test('a port that is taken is refused in a sentence', async (t) => {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url]);
  const { port } = new URL(program.url);
  const { code, output } = await runToEnd(['--port', port, '--database', url]);

  assert.ok(code !== 0 && code !== null, output);
  assert.match(output, new RegExp(port));
  assert.doesNotMatch(output, /\n\s+at /);
});

for (const [option, variable, value, told] of [
  ['--port', 'MSGBOARD_PORT', 'http', /number from 0 to 65535/],
  ['--trust-proxy', 'MSGBOARD_TRUST_PROXY', '127.0.0.1,nginx', /nginx is no address/],
  ['--bell', 'MSGBOARD_BELL', 'cow', /names no bell/],
  ['--bell', 'MSGBOARD_BELL', 'postgres', /a postgres:\/\/ URL alone/],
  ['--database', 'MSGBOARD_DATABASE', 'board.db', /names no database/],
  ['--origin', 'MSGBOARD_ORIGIN', 'chat.example', /https:/],
  [null, 'MSGBOARD_OPERATOR_TOKEN', 'short', /at least 16 characters/],
] as const) {
  test(`${variable}=${value} makes no sense, which is said by that name, and ends it with 2`, async () => {
    const others = { MSGBOARD_DATABASE: 'sqlite::memory:', MSGBOARD_PORT: '0' };
    const ways = [
      { name: variable, args: [], env: { ...others, [variable]: value } },
      ...(option ? [{ name: option, args: [option, value], env: others }] : []),
    ];
    for (const { name, args, env } of ways) {
      const { code, output } = await runToEnd(args, { env });
      assert.equal(code, 2, output);
      assert.match(output, told);
      assert.ok(output.includes(name), output);
    }
  });
}

test('a file that is named without sqlite: is no database to any command', async (t) => {
  const { dir } = await temporaryDatabase(t, undefined);
  for (const command of ['list', 'export', 'import', 'migrate', 'prune', 'doctor', 'backup copy', 'restore copy']) {
    const { code, output } = await runToEnd([...command.split(' '), '--database', 'board.db'], { cwd: dir });
    assert.equal(code, 2, output);
    assert.match(output, /^msgboard: --database \(MSGBOARD_DATABASE\): names no database\. Use sqlite:FILE/);
  }
});

test('who breaks off in the middle of a body is no fault of the server, and its log does not say so', async (t) => {
  const { url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url]);
  const { host, hostname, port } = new URL(program.url);
  for (const line of ['POST /message', 'PUT /message/1', 'POST /messages']) {
    const socket = connect(Number(port), hostname);
    socket.write(
      `${line} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"text"`,
    );
    // What is answered meanwhile shows that it has come.
    await program.api.get('/health');
    socket.destroy();
    await once(socket, 'close');
  }
  await program.api.get('/health');
  assert.doesNotMatch(program.output(), /"level":"(?:error|fatal)"/);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { startCommand } from './support/command.ts';
import { eventually } from './support/eventually.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';

const { api, url, database } = await startTestServer(test);
const kitten = await api.signUp('kitten');
await api.signUp('puppy');

const ways = [
  ['in a database', ['--database', database.url], {}],
  ['at a server', ['--url', url], { MSGBOARD_PASSWORD: 'yarn' }],
] as const;

const latest = async () =>
  (await api.get<Message[]>('/messages?order=desc&limit=1', { as: kitten })).body[0] ?? assert.fail('nothing there');
const messagesOf = (lines: string) =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Message);
const textsOf = (lines: string) => messagesOf(lines).map(({ text }) => text);
const idsOf = (lines: string) => messagesOf(lines).map(({ id }) => id);

for (const [name, place, env] of ways) {
  const post = (args: readonly string[], input?: string) =>
    runToEnd(['post', '--user', 'kitten', ...place, ...args], { env, ...(input !== undefined && { input }) });

  test(`a message is posted ${name}, with all that it may have, and printed as it is`, async () => {
    const first = await post(['I love kittens!', '--topic', 'pets', '--topic', 'ähm', '--data', '{"mood":"sleepy"}']);
    assert.equal(first.code, 0, first.output);
    const posted = JSON.parse(first.printed) as Message;
    assert.deepEqual(
      [posted.text, posted.topics, posted.data],
      ['I love kittens!', ['pets', 'ähm'], { mood: 'sleepy' }],
    );
    assert.deepEqual(posted, await latest());

    const answer = await post(['--reply-to', `${posted.id}`, 'Me too.']);
    assert.equal((JSON.parse(answer.printed) as Message).thread, posted.id);
    const secret = await post(['--to', 'puppy', 'Shall we meet?']);
    assert.deepEqual((JSON.parse(secret.printed) as Message).to, ['puppy']);
  });

  test(`a text comes from standard input, ${name}, without the line break at its end`, async () => {
    assert.equal((await post([], '  two\nlines ü\n')).code, 0);
    assert.equal((await latest()).text, '  two\nlines ü');
  });

  test(`what is run again with its key is posted once, ${name}`, async () => {
    const args = ['--key', `key ${name}`, 'once'];
    const [once, twice] = [await post(args), await post(args)];
    assert.deepEqual([twice.code, idsOf(twice.printed)], [0, idsOf(once.printed)]);
    const lines = ['--key', `lines ${name}`, '--lines'];
    const input = Array.from({ length: 250 }, (_, n) => `line ${n}\n`).join('');
    const [first, second] = [await post(lines, input), await post(lines, input)];
    assert.equal(textsOf(first.printed).length, 250, first.output);
    assert.deepEqual(idsOf(second.printed), idsOf(first.printed));
  });

  test(`each line becomes a message, ${name}, in order, and empty ones none`, async () => {
    const { code, printed, output } = await post(['--lines', '--topic', 'log'], 'one\n\ntwo\r\nthree ü');
    assert.equal(code, 0, output);
    assert.deepEqual(textsOf(printed), ['one', 'two', 'three ü']);
    assert.deepEqual((await latest()).topics, ['log']);
  });

  test(`a line that is refused is named, ${name}, and what stands before its group is posted`, async () => {
    const input = [...Array.from({ length: 100 }, () => 'fine'), '', 'good', 'x'.repeat(10_001)].join('\n');
    const { code, printed, output } = await post(['--lines', '--key', `refused ${name}`], input);
    assert.equal(code, 1);
    assert.equal(textsOf(printed).length, 100);
    assert.match(output, /line 103 .*10000.*From line 102 on nothing is posted/);
  });
}

test('lines are posted as they come', async (t) => {
  const command = startCommand(t, ['post', '--lines', '--user', 'kitten', '--database', database.url]);
  for (const text of ['first', 'second']) {
    command.write(`${text}\n`);
    await eventually(() => assert.equal(textsOf(command.printed()).at(-1), text));
    assert.equal((await latest()).text, text);
  }
});

test('lines are posted whether or not anybody reads what is printed', async () => {
  const text = 'read by nobody';
  const line = `seq 1000 | sed 's/.*/${text}/' | "$@" | head -1`;
  const args = ['post', '--lines', '--user', 'kitten', '--database', database.url];
  const { code, printed, output } = await runToEnd(args, { under: ['bash', '-o', 'pipefail', '-c', line, 'bash'] });
  assert.deepEqual([code, textsOf(printed)], [0, [text]], output);
  assert.equal((await api.board()).filter((message) => message.text === text).length, 1000);
});

for (const [name, args] of [
  ['a text', []],
  ['lines', ['--lines']],
] as const) {
  test(`${name} that is not UTF-8 is refused`, async () => {
    const before = await api.cursor();
    const { code, output } = await runToEnd(['post', '--user', 'kitten', '--database', database.url, ...args], {
      input: Buffer.from('gr\xfcn\n', 'latin1'),
    });
    assert.equal(code, 1);
    assert.match(output, /UTF-8/);
    assert.equal(await api.cursor(), before);
  });
}

for (const [name, args, code, told, more] of [
  ['nobody', ['--database', database.url, 'hi'], 2, /--user/, {}],
  ['a wrong password', ['--url', url, '--user', 'kitten', 'hi'], 1, /name and password/, { MSGBOARD_PASSWORD: 'wool' }],
  ['no password, and nobody to ask', ['--url', url, '--user', 'kitten', 'hi'], 2, /MSGBOARD_PASSWORD/, {}],
  [
    'a server that is away',
    ['--url', 'http://127.0.0.1:1', '--user', 'kitten', 'hi'],
    3,
    /reached/,
    { MSGBOARD_PASSWORD: 'yarn' },
  ],
  ['data that is no JSON', ['--data', '{mood', 'hi'], 2, /JSON/, {}],
  ['data that is no object', ['--data', '[1]', 'hi'], 2, /object/, {}],
  ['an id that is none', ['--reply-to', 'kitten', 'hi'], 2, /number/, {}],
  [
    'an answer to nothing',
    ['--database', database.url, '--user', 'kitten', '--reply-to', '999999', 'hi'],
    1,
    /replyTo/,
    {},
  ],
  ['both a text and lines', ['--user', 'kitten', '--lines', 'hi'], 2, /--lines/, {}],
  ['two places', ['--database', database.url, '--url', url, '--user', 'kitten', 'hi'], 2, /either/, {}],
  [
    'a password in the URL',
    ['--url', 'http://kitten:yarn@localhost', '--user', 'kitten', 'hi'],
    2,
    /MSGBOARD_PASSWORD/,
    {},
  ],
] as const) {
  test(`with ${name} nothing is posted, and the exit is ${code}`, async () => {
    const before = await api.cursor();
    const ended = await runToEnd(['post', ...args], { env: more });
    assert.equal(ended.code, code, ended.output);
    assert.match(ended.output, told);
    assert.doesNotMatch(ended.output, /\n\s+at /);
    assert.equal(ended.printed, '');
    assert.equal(await api.cursor(), before);
  });
}

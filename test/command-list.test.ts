import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { startCommand } from './support/command.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { startOnTerminal } from './support/terminal.ts';

const { api, url, database } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const puppy = await api.signUp('puppy');

const all = await api.sayAll(
  kitten,
  Array.from({ length: 250 }, (_, n) => ({ text: `${n}`, topics: [n % 2 === 0 ? 'even' : 'odd'] })),
);
const first = all[0] ?? assert.fail();
all.push(await api.say(puppy, { text: 'an answer', replyTo: first.id }));
all.push(await api.say(puppy, { text: 'a secret', to: ['kitten'] }));
const last = all.length;

const IN_DATABASE = ['--database', database.url];
const AT_SERVER = ['--url', url];
const env = { MSGBOARD_PASSWORD: 'yarn', MSGBOARD_USER: 'kitten' };
const messagesOf = (lines: string) =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Message);
const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id);

for (const [args, query, places] of [
  [[], '', [IN_DATABASE, AT_SERVER]],
  [['--order', 'desc', '--limit', '3'], 'order=desc&limit=3', [IN_DATABASE]],
  [['--order', 'active', '--limit', '2'], 'order=active&limit=2', [AT_SERVER]],
  [['--offset', '7', '--limit', '2'], 'offset=7&limit=2', [IN_DATABASE]],
  [['--before', '50', '--limit', '4'], 'before=50&limit=4', [AT_SERVER]],
  [['--after', '50', '--topic', 'odd', '--author', 'kitten'], 'after=50&topic=odd&user=kitten', [AT_SERVER]],
  [
    ['--topic', 'odd', '--topic', 'even', '--author', '1', '--author', 'puppy'],
    'topic=odd&topic=even&user=1&user=puppy',
    [IN_DATABASE, AT_SERVER],
  ],
  [['--thread', `${first.id}`], `thread=${first.id}`, [AT_SERVER]],
  [['--reply-to', `${first.id}`], `replyTo=${first.id}`, [IN_DATABASE]],
  [['--reply-to', 'none', '--order', 'desc'], 'replyTo=none&order=desc', [AT_SERVER]],
  [['--with', 'puppy'], 'with=puppy', [IN_DATABASE, AT_SERVER]],
  [['--visibility', 'private'], 'visibility=private', [IN_DATABASE]],
] as const) {
  test(`list ${args.join(' ')} is what the API answers`, async () => {
    const { body } = await api.get<Message[]>(`/messages?${query}`, { as: kitten });
    assert.ok(body.length > 0);
    for (const place of places) {
      const { code, printed, output } = await runToEnd(['list', ...place, ...args], { env });
      assert.equal(code, 0, output);
      assert.deepEqual(messagesOf(printed), body);
    }
  });
}

for (const [args, expected] of [
  [[], all],
  [['--order', 'desc'], all.toReversed()],
  [['--before', '201'], all.slice(0, 200)],
  [['--after', '9', '--before', '241', '--order', 'desc'], all.slice(9, 240).toReversed()],
  [['--topic', 'odd'], all.filter(({ topics }) => topics.includes('odd'))],
] as const) {
  test(`list --all ${args.join(' ')} goes through every page, once`, async () => {
    const { code, printed, output } = await runToEnd(['list', '--all', '--url', url, ...args], { env });
    assert.equal(code, 0, output);
    assert.deepEqual(idsOf(messagesOf(printed)), idsOf(expected));
  });
}

test('all conversations come by activity, each once', async () => {
  const { printed } = await runToEnd(['list', '--all', '--order', 'active', '-d', database.url], { env });
  const found = messagesOf(printed);
  const latest = found.map((message) => message.latest?.id ?? assert.fail());
  assert.equal(found.length, last - 1);
  assert.deepEqual(
    latest,
    latest.toSorted((a, b) => b - a),
  );
});

test('whoever has read enough ends it, with 0', async () => {
  const { code, output } = await runToEnd(['list', '--all', '-d', database.url], {
    under: ['bash', '-o', 'pipefail', '-c', '"$@" | head -1', 'bash'],
  });
  assert.deepEqual([code, idsOf(messagesOf(output))], [0, [first.id]]);
});

for (const [args, prints] of [
  [['--help'], 'help'],
  [['--version'], 'the version'],
  [['prune', '--dry-run', '-d', database.url], 'what was done'],
] as const) {
  test(`where nobody reads ${prints}, it ends with 0 and without a word`, async () => {
    const { code, output } = await runToEnd([...args], {
      under: ['bash', '-o', 'pipefail', '-c', '"$@" | true', 'bash'],
    });
    assert.deepEqual([code, output], [0, '']);
  });
}

test('on a terminal it is a table that fits, and does nothing to the terminal', async (t) => {
  await api.say(kitten, {
    text: '\u001b]0;mine\u0007 古古古古古古古古古古古古古古古古古古\nnext \u202e',
    topics: ['a', 'b'],
  });
  const columns = 60;
  const args = ['list', '--order', 'desc', '--limit', '2', '-d', database.url];
  const colored = startOnTerminal(t, args, { columns });
  assert.deepEqual(await colored.ended(), { code: 0, signal: null });
  assert.ok(colored.printed().includes('\u001b[1m'));

  const plain = startOnTerminal(t, args, { columns, env: { NO_COLOR: '1' } });
  await plain.ended();
  const lines = plain.printed().split('\r\n').slice(0, -1);
  assert.equal(lines.length, 3, plain.printed());
  assert.match(lines[0] ?? '', /^ID +TIME +AUTHOR +TOPICS +TEXT$/);
  assert.match(lines[1] ?? '', /^\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +kitten +a, b +␛]0;mine␇ 古.*…$/);
  assert.doesNotMatch(lines.join(''), /\p{Cc}|\u202e/u);
  for (const line of lines) assert.ok(line.replace(/古/g, '--').length <= columns, line);

  const json = startOnTerminal(t, [...args, '--json'], { columns });
  await json.ended();
  assert.equal(messagesOf(json.printed()).length, 2);
});

for (const [name, args, code, told] of [
  ['a page that is too large', ['--limit', '101'], 2, /1 to 100/],
  ['a server that is none', ['--url', 'gopher://board'], 2, /http:/],
  ['no URL', ['--url', 'board'], 2, /http:/],
  ['a patience that is none', ['--url', url, '--retry', 'long'], 2, /seconds/],
  ['a stranger’s eyes', ['--url', url, '--user', 'kitten'], 2, /MSGBOARD_PASSWORD|password/],
  ['all and a limit', ['--all', '--limit', '5'], 2, /--limit/],
  ['an order that there is not', ['--order', 'random'], 2, /desc/],
  ['an author whom nobody knows', ['-d', database.url, '--author', 'nobody'], 1, /nobody/],
  ['a board that is away', ['--url', 'http://127.0.0.1:1'], 3, /reached/],
  ['a wrong password', ['--url', url, '--user', 'puppy', '--password-file', '/dev/null'], 1, /password/],
] as const) {
  test(`list with ${name} ends with ${code} and says why`, async () => {
    const ended = await runToEnd(['list', ...args]);
    assert.equal(ended.code, code, ended.output);
    assert.match(ended.output, told);
    assert.doesNotMatch(ended.output, /\n\s+at /);
  });
}

test('while a board is away it is waited for as long as asked', async (t) => {
  const command = startCommand(t, ['list', '--url', 'http://127.0.0.1:1', '--retry', '1']);
  assert.equal((await command.ended()).code, 3);
});

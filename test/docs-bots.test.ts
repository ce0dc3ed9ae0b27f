import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { startCuttableProxy } from './support/cuttable-proxy.ts';
import { eventually } from './support/eventually.ts';
import { started } from './support/running.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { newHome, readDoc, run } from './support/snippets.ts';

const { blocks } = await readDoc('docs/uses/bots.md');
const [python] = blocks.filter(({ language }) => language === 'python');
const [say, follow] = blocks.filter(({ language }) => language === 'bash');
assert.ok(python && say && follow);

const textsOf = (messages: readonly Message[]) => messages.map(({ text }) => text);

test('the bot in Python answers each ping once, through breaks and kills', { skip: without('python3') }, async (t) => {
  const { url, api } = await startTestServer(t);
  const proxy = await startCuttableProxy(t, url);
  const kitten = await api.signUp('kitten');
  const home = await newHome(t);
  await writeFile(join(home, 'bot.py'), python.code);
  const place = join(home, 'pingbot.cursor');
  const startBot = () => started(t, 'python3', ['-u', 'bot.py'], { cwd: home, env: { BOARD: proxy.url } });
  const pings: number[] = [];
  const ping = async () => pings.push((await api.say(kitten, 'ping')).id);
  const answered = () =>
    eventually(async () => {
      const pongs = (await api.board()).filter(({ text }) => text === 'pong');
      assert.deepEqual(
        pongs.map(({ replyTo, user }) => [replyTo, user.username]),
        pings.map((id) => [id, 'pingbot']),
        bot.output(),
      );
    });

  let bot = startBot();
  await eventually(() => readFile(place));
  const begin = await readFile(place);
  await ping();
  await answered();

  proxy.cut();
  await ping();
  await answered();

  await bot.end('SIGKILL');
  await ping();
  bot = startBot();
  await answered();

  // As if it had been killed before it could keep its place: it reads all of them again.
  await bot.end('SIGKILL');
  await writeFile(place, begin);
  bot = startBot();
  await ping();
  await answered();
  assert.equal(bot.output(), '');
});

test('the bot in Python says what will not mend, and ends', { skip: without('python3') }, async (t) => {
  const { url, api } = await startTestServer(t);
  await api.signUp('pingbot');
  const home = await newHome(t);
  await writeFile(join(home, 'bot.py'), python.code);
  const { code, errors } = await run(t, 'python3', ['bot.py'], { cwd: home, env: { BOARD: url } });
  assert.equal(code, 1);
  assert.match(errors, /^401: /);
});

test('what Bash says is said as it is', { skip: without('bash', 'curl') }, async (t) => {
  const { url, api } = await startTestServer(t);
  await api.signUp('kitten');
  const home = await newHome(t);
  const text = 'quoted "\\n",\nand 🐈';
  await writeFile(join(home, 'say.sh'), `${say.code}say "$TEXT"\n`);
  const env = { BOARD: url, LOGIN: 'kitten:yarn', TEXT: text };
  const { code, errors } = await run(t, 'bash', ['say.sh'], { cwd: home, env });

  assert.deepEqual([code, errors], [0, '']);
  const board = await api.board();
  assert.match(board[0]?.text ?? '', /^The backup of ".*" is done\.$/);
  assert.deepEqual([board[1]?.text, board[1]?.topics], [text, ['ops']]);
});

test('what Bash may not say it tells at once', { skip: without('bash', 'curl') }, async (t) => {
  const { url, api } = await startTestServer(t);
  await api.signUp('kitten');
  const home = await newHome(t);
  await writeFile(join(home, 'say.sh'), say.code);
  const start = performance.now();
  const wrong = await run(t, 'bash', ['say.sh'], { cwd: home, env: { BOARD: url, LOGIN: 'kitten:wool' } });
  assert.deepEqual([wrong.code, /"status":401/.test(wrong.output)], [22, true], wrong.output);
  const nobody = await run(t, 'bash', ['say.sh'], { cwd: home, env: { BOARD: url, LOGIN: '' } });
  assert.deepEqual([nobody.code, nobody.output], [1, '']);
  assert.match(nobody.errors, /LOGIN: must be the name and password/);
  // It would have waited for a second before it tried again, then for two, and so on: 31 in all.
  assert.ok(performance.now() - start < 15_000);
  assert.deepEqual(await api.board(), []);
});

test('what Bash follows it hears once, through breaks and kills', { skip: without('bash', 'curl') }, async (t) => {
  const { url, api } = await startTestServer(t);
  const proxy = await startCuttableProxy(t, url);
  const kitten = await api.signUp('kitten');
  const home = await newHome(t);
  await writeFile(join(home, 'follow.sh'), follow.code);
  // What it leaves behind as it is killed, a curl that waits, holds none of our pipes and ends with the connection.
  const command = ['-c', 'exec bash follow.sh 2> errors'];
  const startBash = () => started(t, 'sh', command, { cwd: home, env: { BOARD: proxy.url } });
  const talk = (text: string) => api.say(kitten, { text, topics: ['ops'] });
  const shows = (...texts: readonly string[]) =>
    eventually(() => assert.deepEqual(textsOf(linesOf(bash.output())), texts));

  let bash = startBash();
  await eventually(async () => assert.ok((await readFile(join(home, 'ops.cursor'))).length > 0));
  await talk('live');
  await api.say(kitten, 'elsewhere');
  await shows('live');
  proxy.cut();
  await talk('in a break');
  await shows('live', 'in a break');

  const cursor = () => readFile(join(home, 'ops.cursor'), 'utf8');
  await eventually(async () => assert.match(await cursor(), new RegExp(`^${(await api.board()).at(-1)?.id}\\b`)));
  await bash.end('SIGKILL');
  await talk('while it was away');
  bash = startBash();
  await shows('while it was away');
});

function linesOf(output: string): Message[] {
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Message);
}

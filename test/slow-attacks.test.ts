import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateDir } from './support/daemon.ts';
import { within } from './support/eventually.ts';
import { assertProblem } from './support/problem.ts';
import { startProgram } from './support/program.ts';
import { firstAnswer, sendRaw } from './support/raw-socket.ts';
import { without } from './support/settings.ts';

const TOOL = 'slowhttptest';
const SECONDS = 3;

const HALF_HEADERS = 'GET /stream HTTP/1.1\r\nHost: local';
const HALF_BODY =
  'POST /message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{';

/** 300 connections at once that send, or take, next to nothing. */
const ATTACKS = [
  ['slow headers', ['-H', '-i', '1']],
  ['slow bodies', ['-B', '-i', '1', '-t', 'POST', '-f', 'application/json']],
  ['slow reads', ['-X', '-w', '1', '-y', '8', '-n', '1', '-z', '1', '-k', '3']],
  ['many ranges', ['-R', '-t', 'GET']],
] as const;

for (const [name, args] of ATTACKS) {
  test(`${name} from 300 connections keep nobody else from posting and reading`, { skip: without(TOOL) }, async (t) => {
    const { api, url, end } = await startProgram(t, ['--port', '0', '--database', 'sqlite::memory:']);
    const kitten = await api.signUp('kitten');
    for (let n = 0; n < 10; n++) await api.say(kitten, 'x'.repeat(10_000));
    const target = `${url}/messages?limit=100`;
    const child = spawn(TOOL, [...args, '-c', '300', '-r', '300', '-l', `${SECONDS}`, '-v', '1', '-u', target], {
      cwd: await privateDir(t),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    let isOver = false;
    const over = once(child, 'close').then(() => {
      isOver = true;
    });

    let posted = 0;
    while (!isOver) {
      await api.say(kitten, `${++posted}`);
      assert.equal((await api.get('/messages?limit=10')).status, 200);
    }
    await over;
    assert.ok(posted > 0);
    assert.match(output, /connected: +[1-9]|Exit status|end of test/i, output);
    assert.doesNotMatch(output, /service available: +NO/i, 'its own probe finds the server');
    assert.equal((await end('SIGTERM')).code, 0);
  });
}

test('a request that takes longer than 30 s to arrive is refused', async (t) => {
  const { url } = await startProgram(t, ['--port', '0', '--database', 'sqlite::memory:']);
  await Promise.all(
    [HALF_HEADERS, HALF_BODY].map(async (half) => {
      const start = performance.now();
      assertProblem(firstAnswer(await sendRaw(url, half)), 408);
      const seconds = (performance.now() - start) / 1000;
      assert.ok(seconds > 29 && seconds < 34, `${seconds} s`);
    }),
  );
});

test('whoever never sends the rest keeps no server from its end', async (t) => {
  const { url, end } = await startProgram(t, ['--port', '0', '--database', 'sqlite::memory:']);
  const silent = ['GET /str', HALF_HEADERS, HALF_BODY].map((half) => sendRaw(url, half));
  await sleep(100);
  assert.equal((await within(end('SIGTERM'), () => 'the end', 10_000)).code, 0);
  await Promise.all(silent);
});

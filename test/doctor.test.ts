import assert from 'node:assert/strict';
import { chmod, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import type { Finding } from '../src/keeping/finding.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { runToEnd } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT } from './support/snippets.ts';

/** What the doctor says of each check, and how it ends. */
async function examine(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, printed } = await runToEnd(['doctor', ...args], { env });
  const findings = printed
    .trim()
    .split('\n')
    .map((line): Finding => JSON.parse(line));
  const of = (check: string) => {
    const found = findings.filter((finding) => finding.check === check);
    return found.map(({ verdict, message }) => `${verdict}: ${message}`).join('\n');
  };
  return { code, checks: [...new Set(findings.map(({ check }) => check))], of };
}

test('a board in a file that is well is found well', async (t) => {
  const { file, url } = await temporaryDatabase(t, undefined);
  const board = await openBoard(url);
  await board.as().users.create({ username: 'kitten', password: 'yarn' });
  await board.as('kitten').messages.post({ text: 'hello' });
  await board.close();

  const { code, checks, of } = await examine(['-d', url]);
  assert.equal(code, 0);
  assert.deepEqual(checks, ['settings', 'file', 'disk', 'sync', 'tables', 'database', 'clock', 'time', 'bell']);
  for (const check of ['file', 'tables', 'database', 'clock', 'time', 'bell'])
    assert.match(of(check), /^ok: .*$/, check);

  const database = new DatabaseSync(file);
  database.exec('update clock set seq = 0; update messages set created = created + 3600000');
  database.close();
  await chmod(file, 0o644);
  const ill = await examine(['-d', url], { MSGBOARD_DATABSE: 'sqlite:other.db' });
  assert.equal(ill.code, 1);
  assert.match(ill.of('settings'), /^warn: .*MSGBOARD_DATABSE/);
  assert.match(ill.of('file'), /^warn: .*chmod/);
  assert.match(ill.of('clock'), /^fail: .*restore a backup/);

  const absent = await runToEnd(['doctor', '-d', `${url}.no`]);
  assert.deepEqual([absent.code, /there is no board/.test(absent.output)], [1, true], absent.output);
});

test('the doctor knows each variable that the documents name', async (t) => {
  const { url } = await temporaryDatabase(t, undefined);
  await (await openBoard(url)).close();
  const docs = await Promise.all(
    ['configuration', 'command-line'].map((name) => readFile(join(ROOT, `docs/${name}.md`), 'utf8')),
  );
  const names = new Set(docs.flatMap((text) => text.match(/\bMSGBOARD_[A-Z_]+/g) ?? []));
  assert.ok(names.has('MSGBOARD_NEW_PASSWORD') && names.size > 15, [...names].join());
  const env = Object.fromEntries([...names].map((name) => [name, name === 'MSGBOARD_URL' ? 'http://localhost' : '']));
  const { of } = await examine(['-d', url, '--bell', 'poll'], env);
  assert.match(of('settings'), /^ok: known are /);
});

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`a board on ${kind} is examined over the network, its bell from one connection to another`, {
    skip: without(...PRIVATE_SERVERS[kind].needs),
  }, async (t) => {
    const { url } = await temporaryDatabase(t, (await PRIVATE_SERVERS[kind].start(t)).url);
    const empty = await examine(['-d', url]);
    assert.equal(empty.code, 1);
    assert.match(empty.of('tables'), /^fail: there is no board here/);

    await (await openBoard(url)).close();
    const { code, of } = await examine(['-d', url]);
    assert.equal(code, 0);
    assert.match(of('time'), /^ok: the clocks are \d+ ms apart/);
    assert.match(of('bell'), kind === 'postgres' ? /^ok: rung on one connection and heard/ : /^ok: there is none/);
    const deaf = await examine(['-d', url, '--bell', 'redis://127.0.0.1:1']);
    assert.deepEqual([deaf.code, /^fail: .*; does it run, .*right\?/.test(deaf.of('bell'))], [1, true]);
  });
}

/** A proxy that does with answers what `send` does. */
async function startProxy(scope: Scope, to: string, send: (from: IncomingMessage, answer: ServerResponse) => void) {
  const proxy = createServer((asked, answer) => {
    const passed = request(`${to}${asked.url}`, { headers: { ...asked.headers, host: new URL(to).host } }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      send(from, answer);
    });
    passed.on('error', () => answer.destroy());
    asked.on('close', () => passed.destroy());
    answer.on('close', () => passed.destroy());
    passed.end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  atEnd(scope, () => {
    proxy.closeAllConnections();
    return new Promise((resolve) => proxy.close(resolve));
  });
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

test('a server is examined from where its users are, and a proxy that holds streams back is found', async (t) => {
  const { url } = await startTestServer(t);
  const direct = await examine(['--url', url, '--brief']);
  assert.equal(direct.code, 0);
  for (const check of ['server', 'time', 'stream']) assert.match(direct.of(check), /^ok: /, check);
  assert.match(direct.of('http'), /^warn: HTTP\/1.1 without TLS/);

  const buffering = await startProxy(t, url, async (from, answer) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of from) parts.push(part);
    } catch {
      // Whoever asked has gone.
    }
    answer.end(Buffer.concat(parts));
  });
  const held = await examine(['--url', buffering, '--brief']);
  assert.equal(held.code, 1);
  assert.match(held.of('server'), /^ok: /);
  assert.match(held.of('stream'), /^fail: .*proxy_buffering off/);

  const cutting = await startProxy(t, url, async (from, answer) => {
    for await (const part of from) {
      answer.write(part);
      if (from.headers['content-type']?.includes('event-stream')) break;
    }
    answer.end();
  });
  const cut = await examine(['--url', cutting]);
  assert.deepEqual(
    [cut.code, /^ok: .*\nfail: .*proxy_read_timeout/.test(cut.of('stream'))],
    [1, true],
    cut.of('stream'),
  );

  const away = await examine(['--url', 'http://127.0.0.1:1', '--brief']);
  assert.deepEqual([away.code, /^fail: .*cannot be reached/.test(away.of('server'))], [1, true]);
});

/** The files in deploy/ are what their programs take, and do what they say. That of nginx is tried in nginx.test.ts. */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { privateDir } from './support/daemon.ts';
import { temporaryDatabase } from './support/database.ts';
import { startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT, run } from './support/snippets.ts';

const DEPLOY = join(ROOT, 'deploy');
const read = (file: string) => readFile(join(DEPLOY, file), 'utf8');

test('systemd understands its unit, which leaves the service next to nothing that it does not need', {
  skip: without('systemd-analyze'),
}, async (t) => {
  const dir = await privateDir(t);
  // It looks whether the program is there.
  const unit = (await read('msgboard@.service')).replace('/usr/bin/node', process.execPath);
  await writeFile(join(dir, 'msgboard@5001.service'), unit);
  const verified = await run(t, 'systemd-analyze', ['verify', './msgboard@5001.service'], { cwd: dir });
  assert.deepEqual([verified.code, verified.output, verified.errors], [0, '', '']);

  // In tenths; 100 is a service without any guard.
  const exposure = ['security', '--offline=true', '--threshold=15', './msgboard@.service'];
  await copyFile(join(DEPLOY, 'msgboard@.service'), join(dir, 'msgboard@.service'));
  const secured = await run(t, 'systemd-analyze', exposure, { cwd: dir });
  assert.equal(secured.code, 0, secured.output);
});

test('Caddy understands its configuration', { skip: without('caddy') }, async (t) => {
  const home = await privateDir(t);
  const args = ['validate', '--config', 'Caddyfile', '--adapter', 'caddyfile'];
  const { code, errors } = await run(t, 'caddy', args, { cwd: DEPLOY, env: { HOME: home, XDG_DATA_HOME: home } });
  assert.equal(code, 0, errors);
});

test("the image's check of its health says how it is, and the image has the Node.js that is developed with", async (t) => {
  const dockerfile = await read('Dockerfile');
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  assert.equal(/^ARG NODE=node:([\d.]+)-/m.exec(dockerfile)?.[1], manifest.devDependencies.node);

  const [, script] = /CMD \["node", "-e", "(.*)"\]/.exec(dockerfile) ?? [];
  assert.ok(script);
  const { url, close } = await startTestServer(t);
  const check = () =>
    run(t, process.execPath, ['-e', script], { cwd: ROOT, env: { MSGBOARD_PORT: new URL(url).port } });
  assert.equal((await check()).code, 0);
  await close();
  assert.equal((await check()).code, 1);
});

test('what the files set, there is', async (t) => {
  const { url } = await temporaryDatabase(t);
  const help = await run(t, process.execPath, [join(ROOT, 'bin/msgboard.js'), '--help'], { cwd: ROOT });
  let named = 0;
  for (const file of [
    'Dockerfile',
    'compose.yml',
    'msgboard@.service',
    'supervisord.conf',
    'nginx.conf',
    'Caddyfile',
  ]) {
    for (const [name] of (await read(file)).matchAll(
      /\bMSGBOARD_[A-Z_]+|(?<=\s)--(?:port|log|drain|origin|trust-proxy)\b/g,
    )) {
      assert.ok(help.output.includes(name), `${name} in ${file}`);
      named++;
    }
  }
  assert.ok(named > 10, `${named}`);
  // As the unit starts it.
  const [, args = ''] = /^ExecStart=\S+ \S+ (.*)$/m.exec(await read('msgboard@.service')) ?? [];
  await startProgram(t, args.replace('%i', '0').split(' '), { env: { MSGBOARD_DATABASE: url } });
});

test('the table of settings is up to date', async (t) => {
  const { code, errors } = await run(t, process.execPath, ['scripts/settings.ts', '--check'], { cwd: ROOT });
  assert.equal(code, 0, errors);
});

import assert from 'node:assert/strict';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import test from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { VERSION } from '../src/model/version.ts';
import { Api } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { within } from './support/eventually.ts';
import { NODE_24 } from './support/runtimes.ts';
import { without } from './support/settings.ts';
import { ROOT, readDoc, run, start } from './support/snippets.ts';

/** An ES module needs no answer for those who cannot import one. */
const ES_ONLY = ['node10', 'node16-cjs'];
const MIB = 2 ** 20;

const dir = await mkdtemp(join(tmpdir(), 'msgboard-pack-'));
atEnd(test, () => rm(dir, { recursive: true }));
const packed = await run(test, 'npm', ['pack', '--json', '--pack-destination', dir], { cwd: ROOT });
assert.equal(packed.code, 0, packed.errors);
const [tgz = assert.fail(packed.output)] = /[\w.-]+\.tgz/.exec(packed.output) ?? [];

test('the package is published as those who use it need it', async (t) => {
  const { buffer, byteOffset, byteLength } = await readFile(join(dir, tgz));
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;

  await t.test('to package managers', async () => {
    const { messages } = await publint({ pack: { tarball }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, manifest)),
      [],
    );
  });
  await t.test('to TypeScript', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    assert.ok(result.types, 'it has types');
    const problems = result.problems.filter(
      (problem) => !('resolutionKind' in problem && ES_ONLY.includes(problem.resolutionKind)),
    );
    assert.deepEqual(problems, []);
  });
});

test('the program and its description are of the version that is published', async (t) => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  assert.equal(VERSION, version);
  const { output } = await run(t, process.execPath, ['bin/msgboard.js', '--version'], { cwd: ROOT });
  assert.equal(output, `${version}\n`);
});

test('the package holds what it needs, and no more', async (t) => {
  const { output } = await run(t, 'tar', ['-tzf', join(dir, tgz)], { cwd: dir });
  const parts = new Set(
    output
      .trimEnd()
      .split('\n')
      .map((path) => path.split('/')[1]),
  );
  assert.deepEqual([...parts].sort(), ['LICENSE.md', 'README.md', 'bin', 'dist', 'package.json']);
  const { size } = await stat(join(dir, tgz));
  assert.ok(size < MIB, `${size} bytes`);
});

test('what others wrote and the program has in it comes with its licence', async (t) => {
  const { output: text } = await run(t, 'tar', ['-xzOf', join(dir, tgz), 'package/dist/cli/program'], { cwd: dir });
  const names = new Set(
    Array.from(
      text.matchAll(/^\s*\/\/ node_modules\/(?:.*\/node_modules\/)?((?:@[^/]+\/)?[^/]+)\//gm),
      ([, name = '']) => name,
    ),
  );
  assert.ok(names.has('kysely') && names.has('fastify'), [...names].join());
  const file = await run(t, 'tar', ['-xzOf', join(dir, tgz), 'package/dist/cli/program/LICENSES.txt'], { cwd: dir });
  const licences = new Map(file.output.split(/^===== /m).map((part) => [part.slice(0, part.indexOf(' ')), part]));
  for (const name of names) assert.match(licences.get(name) ?? '', /copyright|licen[cs]ed? /i, name);
});

test('an empty project installs the package, and runs it', { skip: without(NODE_24) }, async (t) => {
  const home = join(dir, 'project');
  await mkdir(home);
  const installed = await run(t, 'npm', ['install', '--no-audit', '--no-fund', join(dir, tgz)], { cwd: home });
  assert.equal(installed.code, 0, installed.errors);

  for (const node of [NODE_24, process.execPath]) {
    // npx runs the Node that is found first.
    const warnings = join(home, `warnings of ${basename(dirname(dirname(node)))}`);
    const env = {
      PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
      NODE_REDIRECT_WARNINGS: warnings,
    };
    const version = (await run(t, 'node', ['--version'], { cwd: home, env })).output.trim();
    await t.test(`on Node ${version}`, async (each) => {
      const helped = await run(each, 'npx', ['msgboard', '--help'], { cwd: home, env });
      assert.match(helped.output, /^Usage: msgboard/);

      const args = ['--port', '0', '--database', 'sqlite::memory:'];
      const server = start(each, 'node_modules/.bin/msgboard', args, { cwd: home, env });
      const said = await within(firstLine(server), () => 'the address that it listens on');
      const [url = assert.fail(said)] = /http:\/\/localhost:\d+/.exec(said) ?? [];
      assert.equal((await new Api(url).post('/user', { username: 'kitten', password: 'yarn' })).status, 201);
      assert.equal((await fetch(url, { headers: { accept: 'text/html' } })).status, 200);
      assert.equal((await fetch(`${url}/docs/json`)).status, 200);
      assert.equal(
        await readFile(warnings, 'utf8').catch(() => ''),
        '',
        'it says nothing that nobody can do anything about',
      );
    });
    await t.test(`keeps what Node ${version} has compiled, and starts with it and without`, async (each) => {
      const program = join(home, 'node_modules/msgboard');
      const kept = join(program, 'node_modules/.cache/msgboard');
      const keptBy = async () =>
        (await readdir(kept)).filter((name) => name.startsWith('help-') && name.includes(version));
      const help = async () => (await run(each, 'npx', ['msgboard', 'help'], { cwd: home, env })).output;
      const first = await help();
      const [name = assert.fail('nothing was kept')] = await keptBy();
      const { size, mtimeMs } = await stat(join(kept, name));
      assert.equal(await help(), first);
      assert.equal((await stat(join(kept, name))).mtimeMs, mtimeMs, 'it was good');

      for (const damage of ['', 'x'.repeat(size)]) {
        await writeFile(join(kept, name), damage);
        assert.equal(await help(), first);
        assert.notEqual(await readFile(join(kept, name), 'latin1'), damage, 'it was kept anew');
      }
      // Of another program, which is as long.
      const file = join(program, 'dist/cli/program/main.cjs');
      const text = await readFile(file, 'utf8');
      const other = text
        .replace(/^\/\/ ./, (start) => (start === '// 0' ? '// 1' : '// 0'))
        .replace('Serve a board', 'SERVE A BOARD');
      await writeFile(file, other);
      assert.match(await help(), /SERVE A BOARD/);
      await writeFile(file, text);
    });
  }
});

test('installed as the documents say, it is where the files in deploy/ start it', async (t) => {
  const place = '/opt/msgboard';
  const home = join(dir, 'installed');
  const { blocks } = await readDoc('docs/operations.md');
  const { code = assert.fail('nothing says how') } = blocks.find((block) => block.code.includes(place)) ?? {};
  const [, program = assert.fail(code)] = /^node (\S+) --port 5000.*$/m.exec(code) ?? [];
  const script = code
    .replace('npm ci\n', '')
    .replace('npm pack', `echo ${tgz}`)
    .replaceAll(place, home)
    .replace('--port 5000', '--help');
  const ended = await run(t, 'bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: dir });
  assert.equal(ended.code, 0, ended.errors);
  assert.match(ended.output, /^Usage: msgboard/m);
  assert.ok((await stat(join(home, 'node_modules/pg'))).isDirectory(), 'the driver is there');

  for (const [file, folder] of [
    ['msgboard@.service', place],
    ['supervisord.conf', place],
    ['msgboard.rc', '/usr/local/lib/msgboard'],
  ] as const)
    assert.ok((await readFile(join(ROOT, 'deploy', file), 'utf8')).includes(`/node ${folder}/${program} `), file);
});

async function firstLine(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  for await (const line of createInterface({ input: child.stderr })) return line;
  throw new Error('it ended without a word');
}

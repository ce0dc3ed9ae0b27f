import assert from 'node:assert/strict';
import { cp, glob, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { atEnd, type Scope } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { started } from './support/running.ts';
import { BUN, DENO, NEXT } from './support/runtimes.ts';
import { startTestServer } from './support/server.ts';
import { RUNTIMES, without } from './support/settings.ts';
import { type Block, freePort, newHome, ROOT, readDoc, run } from './support/snippets.ts';
import { takeTour, WHOLE_TOUR } from './support/tour.ts';

const { blocks } = await readDoc('docs/uses/embed.md');

for (const [name, mark, program] of [
  ['Express', "from 'express'", process.execPath],
  ['Hono', "from 'hono'", process.execPath],
  ['Bun', 'Bun.serve', BUN],
] as const) {
  test(`the server of ${name} has a whole board, and ends when it is told to`, {
    skip: without(program),
  }, async (t) => {
    const home = await newHome(t);
    const port = await freePort();
    const block = blockWith(mark);
    await writeFile(join(home, `server.${block.language}`), block.code.replace('3000', `${port}`));
    const server = started(t, program, [`server.${block.language}`], { cwd: home });

    const url = `http://localhost:${port}/board`;
    await server.answers(`${url}/health`);
    assert.deepEqual(await takeTour(url), WHOLE_TOUR);
    const stream = await fetch(`${url}/stream`);
    await server.end('SIGTERM');
    await stream.text();
    assert.deepEqual([server.child.exitCode, server.output()], [0, '']);
  });
}

test('the route of Next.js has a whole board, built and started, and ends when it is told to', {
  skip: without(NEXT),
}, async (t) => {
  const home = await nextHome(t);
  const env = { NEXT_TELEMETRY_DISABLED: '1' };
  const built = await run(t, process.execPath, [NEXT, 'build'], { cwd: home, env });
  assert.equal(built.code, 0, built.output + built.errors);
  assert.deepEqual(await Array.fromAsync(glob('*.db', { cwd: home })), [], 'no board is opened by a build');

  const port = await freePort();
  const server = started(t, process.execPath, [NEXT, 'start', '-p', `${port}`], { cwd: home, env });
  const url = `http://localhost:${port}/board`;
  await server.answers(`${url}/health`);
  assert.deepEqual(await takeTour(url), WHOLE_TOUR);
  const stream = await fetch(`${url}/stream`);
  await server.end('SIGTERM');
  await stream.text();
  assert.doesNotMatch(server.output(), /error|X-Forwarded-For/i);
});

test('the program of Deno hears what is said', { skip: without(DENO) }, async (t) => {
  const { url, api } = await startTestServer(t);
  const host = `localhost:${new URL(url).port}`;
  const home = await newHome(t);
  const kitten = await api.signUp('kitten');
  await api.say(kitten, 'before');
  const [, ...args] = blockWith('deno run').code.trim().replaceAll('localhost:5000', host).split(' ');
  const { code } = blockWith('everybody.stream');
  await writeFile(join(home, args.at(-1) ?? ''), code.replaceAll('localhost:5000', host));

  const deno = started(t, DENO, args, {
    cwd: home,
    env: { DENO_DIR: join(home, 'deno'), NO_COLOR: '1' },
  });
  await eventually(() => assert.match(deno.output(), /^kitten: before$/m));
  await api.say(kitten, 'live');
  await eventually(() => assert.match(deno.output(), /^kitten: live$/m));
});

/** The one block that has this in it. */
function blockWith(mark: string): Block {
  const [block, ...more] = blocks.filter(({ code }) => code.includes(mark));
  assert.ok(block && more.length === 0, `${more.length + 1} blocks with ${mark}`);
  return block;
}

/**
 * An application of Next.js out of the files that the document names. Next.js compiles nothing outside of the project that it takes
 * itself to be part of, nor follows links out of a package; so it is a folder of the package that has Next.js, with msgboard copied
 * into it.
 */
async function nextHome(scope: Scope): Promise<string> {
  const home = await mkdtemp(join(RUNTIMES, '.next-app-'));
  atEnd(scope, () => rm(home, { recursive: true }));
  const installed = join(home, 'node_modules/msgboard');
  for (const part of ['package.json', 'dist']) await cp(join(ROOT, part), join(installed, part), { recursive: true });
  await writeFile(join(home, 'package.json'), '{"private": true}');
  for (const { code } of blocks) {
    const path = /^\/\/ (\S+)\n/.exec(code)?.[1];
    if (path === undefined) continue;
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), code);
  }
  return home;
}

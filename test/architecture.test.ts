import assert from 'node:assert/strict';
import { copyFile, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { atEnd } from './support/cleanup.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOST_LINES = 300;

/** Files that somebody might write, and the rule that each breaks. */
const files: readonly [claim: string, path: string, source: string, rule?: string][] = [
  ['the store imports no feed', 'store/a.ts', "import '../feed/target.ts';", 'store-imports-below'],
  ['nor its types', 'store/b.ts', "import type { T } from '../feed/target.ts';", 'store-imports-below'],
  ['nor hands them on', 'store/c.ts', "export type { T } from '../feed/target.ts';", 'store-imports-below'],
  [
    'nor loads it later',
    'store/d.ts',
    "export const f = async () => import('../feed/target.ts');",
    'store-imports-below',
  ],
  ['the board imports both', 'board/a.ts', "import '../feed/target.ts'; import '../store/target.ts';"],
  ['the board imports no HTTP', 'board/b.ts', "import '../http/target.ts';", 'board-imports-below'],
  ['HTTP imports no store', 'http/a.ts', "import '../store/target.ts';", 'http-imports-below'],
  ['the program imports no store', 'cli/a.ts', "import '../store/target.ts';", 'cli-imports-below'],
  ['the program imports the board', 'cli/b.ts', "import '../board/a.ts'; import '../serve.ts'; import 'commander';"],

  ['the model imports nothing of Node', 'model/a.ts', "import { hash } from 'node:crypto';", 'model-without-node'],
  ['nor a package', 'model/b.ts', "import { Type } from 'typebox';", 'model-without-npm'],
  ['but its types', 'model/c.ts', "import type { Static } from 'typebox';"],
  ['a remote client imports nothing of Node', 'remote/a.ts', "import 'node:http';", 'remote-without-node'],

  ['the feed imports no Kysely', 'feed/a.ts', "import type { Kysely } from 'kysely';", 'kysely-at-home'],
  ['the board imports its types', 'board/c.ts', "import type { Dialect } from 'kysely';"],
  ['but no more', 'board/d.ts', "import { type Dialect, sql } from 'kysely';", 'board-has-types-of-kysely'],
  ['the board imports no Fastify', 'board/e.ts', "import type { FastifyInstance } from 'fastify';", 'fastify-at-home'],
  ['nor its plugins', 'board/f.ts', "import '@fastify/swagger';", '@fastify-at-home'],
  ['the store leaves SQLite to its dialect', 'store/e.ts', "import 'node:sqlite';", 'sqlite-at-home'],
  ['which imports it', 'store/dialects/a.ts', "import 'node:sqlite';"],

  ['nothing goes round in a circle of types', 'feed/b.ts', "import './circle.ts';", 'no-cycles'],
  ['nothing lies about', 'feed/c.ts', 'export const c = true;', 'no-orphans'],
  ['a new layer is put on the map', 'utils/a.ts', "import '../model/c.ts';", 'on-the-map'],
  ['a new file beside the layers, too', 'utils.ts', "import './model/c.ts';", 'on-the-map'],
  ['src imports no tests', 'feed/d.ts', "import '../../test/target.ts';", 'src-stands-alone'],
  ['nor the tools of development', 'feed/e.ts', "import 'playwright-core';", 'declared'],
  ['nor what is not there', 'feed/f.ts', "import './nowhere.ts';", 'resolvable'],
];

/** What those files import. */
const targets: readonly [path: string, source: string][] = [
  ['src/feed/target.ts', 'export type T = string;'],
  ['src/feed/circle.ts', "import type {} from './b.ts';"],
  ['src/http/target.ts', "import 'fastify';"],
  ['src/store/target.ts', "import 'kysely';"],
  ['src/serve.ts', "import './http/target.ts';"],
  ['test/target.ts', ''],
];

test('every file of src is seen, and keeps to its layer', async () => {
  const { modules, summary } = await cruiseIn(ROOT);
  const seen = modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));

  assert.deepEqual(seen.sort(), (await filesOf('src')).sort());
  assert.deepEqual(
    summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    [],
  );
});

test('whatever breaks a rule is reported, and nothing else', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-architecture-'));
  atEnd(t, () => rm(dir, { recursive: true }));
  await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  await copyFile(join(ROOT, 'package.json'), join(dir, 'package.json'));
  for (const [path, source] of [...targets, ...files.map(([, path, source]) => [`src/${path}`, source] as const)]) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), source);
  }

  const { violations } = (await cruiseIn(dir)).summary;

  for (const [claim, path, , rule] of files) {
    await t.test(claim, () => {
      const broken = violations.filter(({ from }) => from === `src/${path}`).map((violation) => violation.rule.name);
      assert.deepEqual(broken, rule === undefined ? [] : [rule]);
    });
  }
});

test(`no file has more than ${MOST_LINES} lines`, async () => {
  const long: string[] = [];
  for (const file of [...(await filesOf('src')), ...(await filesOf('test'))]) {
    const lines = (await readFile(join(ROOT, file), 'utf8')).split('\n').length - 1;
    if (lines > MOST_LINES) long.push(`${file}: ${lines}`);
  }

  assert.deepEqual(long, []);
});

test('coverage is asked of every file of src that has anything to run', async () => {
  const { exclude }: { exclude: string[] } = JSON.parse(await readFile(join(ROOT, '.c8rc.json'), 'utf8'));
  const idle: string[] = [];
  for (const file of await filesOf('src')) {
    const code = stripTypeScriptTypes(await readFile(join(ROOT, file), 'utf8'));
    if (/^(?:\s|;|\/\*(?:(?!\*\/).)*\*\/|\/\/[^\n]*)*$/s.test(code)) idle.push(file);
  }

  // The page is measured in a browser.
  assert.deepEqual(exclude.toSorted(), [...idle, 'src/web/**'].toSorted());
});

/** What dependency-cruiser says of `src` in `dir`, by this project's rules. */
async function cruiseIn(dir: string): Promise<ICruiseResult> {
  const options = await extractDepcruiseOptions(join(ROOT, '.dependency-cruiser.ts'));
  const { output } = await cruise(['src'], { ...options, baseDir: dir });

  assert.ok(typeof output === 'object');
  return output;
}

async function filesOf(dir: string): Promise<string[]> {
  return Array.fromAsync(glob(`${dir}/**/*.ts`, { cwd: ROOT, exclude: ['**/node_modules'] }));
}

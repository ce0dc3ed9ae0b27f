import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Runs the tests, and tells how much of `src` they reached: first of what Node runs, then of the page, by what Chromium ran
 * of it. What is wanted is in `.c8rc.json`; with less, or with a test that fails, it ends with 1.
 */
const ROOT = join(import.meta.dirname, '..');
const C8 = fileURLToPath(import.meta.resolve('c8/bin/c8.js'));
/** Where the tests put what browsers ran: `test/support/page-coverage.ts`. */
const PAGE = ['--temp-directory', 'coverage/tmp/page', '--exclude-after-remap', '--src=src/web', '--exclude='];

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    // V8 counts less exactly what it did not compile itself.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  }).status === 0;

const build = join(ROOT, 'scripts/build.ts');
// Of minified code, its map tells too little of what was reached.
run(build, '--readable-page');
const results = [run(C8, 'npm', 'test'), run(C8, 'report', ...PAGE, '--include=src/web/**'), run(build)];
process.exitCode = results.every(Boolean) ? 0 : 1;

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { build } from 'esbuild';
import { CHROMIUM, newContext } from './support/browser.ts';
import type { Scope } from './support/cleanup.ts';
import { BUN, DENO } from './support/runtimes.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT, run } from './support/snippets.ts';
import type * as tour from './support/tour.ts';
import { WHOLE_TOUR } from './support/tour.ts';

for (const [name, program, ...args] of [
  ['Node', process.execPath],
  ['Bun', BUN, 'run'],
  ['Deno', DENO, 'run', '--allow-net'],
] as const) {
  test(`${name} does with the published client all that there is to do`, { skip: without(program) }, async (t) => {
    const { url } = await startTestServer(t);
    const file = join(ROOT, 'test/support/tour-program.ts');
    const { output, errors } = await run(t, program, [...args, file, url], { cwd: ROOT });
    assert.deepEqual([JSON.parse(output || 'null'), errors], [WHOLE_TOUR, '']);
  });
}

test('Chromium does with the published client all that there is to do', { skip: without(CHROMIUM) }, async (t) => {
  const { url } = await startTestServer(t);
  const page = await pageOf(t, `${url}/health/live`);
  await page.addScriptTag({ content: await bundleOfTheTour() });
  const seen = await page.evaluate(() => (globalThis as unknown as { tour: typeof tour }).tour.takeTour('/'));
  assert.deepEqual(seen, WHOLE_TOUR);
});

async function pageOf(scope: Scope, url: string) {
  const page = await (await newContext(scope, {})).newPage();
  await page.goto(url);
  return page;
}

/** `globalThis.tour`, for a page that is served no module. */
async function bundleOfTheTour(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'test/support/tour.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'tour',
  });
  return outputFiles[0]?.text ?? '';
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { atEnd, type Scope } from './cleanup.ts';

/** Where coverage is measured: Node writes its own there, and c8 leaves alone what lies deeper. */
const DIR = process.env['NODE_V8_COVERAGE'];

const BUNDLE = fileURLToPath(new URL('../../dist/web/main.js', import.meta.url));

/**
 * Where coverage is measured, writes down what browsers run of the built-in page, as Node does of its own: for pages that
 * are open at the end.
 */
export function coverPages(scope: Scope, context: BrowserContext): void {
  if (DIR === undefined) return;
  const dir = join(DIR, 'page');
  const begun = new Map<Page, Promise<void>>();
  context.on('page', (page) => begun.set(page, page.coverage.startJSCoverage({ resetOnNavigation: false })));
  atEnd(scope, async () => {
    for (const [page, start] of begun) if (!page.isClosed()) await start.then(() => write(page, dir));
  });
}

async function write(page: Page, dir: string): Promise<void> {
  const bundle = await readFile(BUNDLE, 'utf8');
  const scripts = await page.coverage.stopJSCoverage();
  // What other pages load is served from other places, and may be called as ours is.
  const ours = scripts.filter(({ source }) => source === bundle);
  if (ours.length === 0) return;
  const url = pathToFileURL(BUNDLE).href;
  const result = ours.map(({ scriptId, functions }) => ({ scriptId, url, functions }));
  const data = await sourceMap();
  await mkdir(dir, { recursive: true });
  const file = join(dir, `coverage-${crypto.randomUUID()}.json`);
  await writeFile(file, JSON.stringify({ result, 'source-map-cache': { [url]: { data } } }));
}

/** With whole paths: c8 leaves out what it finds under any other. */
async function sourceMap(): Promise<unknown> {
  const map: { sources: string[] } = JSON.parse(await readFile(`${BUNDLE}.map`, 'utf8'));
  return { ...map, sources: map.sources.map((source) => resolve(dirname(BUNDLE), source)) };
}

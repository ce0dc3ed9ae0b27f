/** The documents as a website: each page is made and found, and no link of it leads to nothing. */
import assert from 'node:assert/strict';
import { access, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { SITE, without } from './support/settings.ts';
import { newHome, ROOT, run } from './support/snippets.ts';

const VITEPRESS = join(SITE, 'node_modules/vitepress/bin/vitepress.js');
const HERE = 'http://site.example';

test('the website is whole', { skip: without(VITEPRESS) }, async (t) => {
  const out = join(await newHome(t), 'site');
  const built = await run(t, process.execPath, [VITEPRESS, 'build', SITE, '--outDir', out], { cwd: SITE });
  assert.equal(built.code, 0, built.errors);

  const pages = new Map<string, string>();
  for await (const path of glob('**/*.html', { cwd: out })) pages.set(path, await readFile(join(out, path), 'utf8'));

  await t.test('each document is a page', async () => {
    const documents = await Array.fromAsync(glob('docs/**/*.md', { cwd: ROOT }));
    assert.ok(documents.length > 8);
    for (const path of documents) assert.ok(pages.has(path.replace(/md$/, 'html')), path);
  });

  await t.test('each link leads somewhere', async () => {
    const dead: string[] = [];
    let followed = 0;
    for (const [path, html] of pages) {
      for (const [, reference = ''] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
        const { origin, pathname, hash } = new URL(reference.replaceAll('&amp;', '&'), `${HERE}/${path}`);
        if (origin !== HERE) continue;
        followed += 1;
        const target = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, '$1index.html');
        const anchor = decodeURIComponent(hash.slice(1));
        const page = pages.get(target);
        const isThere =
          page === undefined ? await exists(join(out, target)) : !anchor || page.includes(`id="${anchor}"`);
        if (!isThere) dead.push(`${path}: ${reference}`);
      }
    }
    assert.deepEqual(dead, []);
    assert.ok(followed > 500, `${followed}`);
  });
});

test("the website's settings have these types", { skip: without(VITEPRESS) }, async (t) => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(t, process.execPath, [tsc, '--pretty', 'false', '-p', SITE], { cwd: ROOT });
  assert.equal(code, 0, output);
});

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

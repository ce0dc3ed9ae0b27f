import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './support/snippets.ts';

/** What the whole client may weigh, minified and gzipped. */
const MOST_BYTES = 8 * 1024;

/** What only Node has. */
const NODE = /\b(?:node:|process\.|Buffer\b|require\(|__dirname|setImmediate)/;

test('the client is small, and speaks of nothing but the web platform', async () => {
  const code = await bundle("export * from './src/client.ts'");
  assert.doesNotMatch(code, NODE);
  const bytes = gzipSync(code, { level: 9 }).length;
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

test('whoever uses a part of it bundles no more', async () => {
  const whole = await bundle("export * from './src/client.ts'");
  const error = await bundle("export { BoardError } from './src/client.ts'");
  assert.ok(error.length * 3 < whole.length, `${error.length} of ${whole.length}`);
  assert.doesNotMatch(await bundle("export { connect } from './src/client.ts'"), /additionalProperties/);
  assert.equal(await bundle("import './src/client.ts'"), '');
});

/** A program as a browser gets it. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

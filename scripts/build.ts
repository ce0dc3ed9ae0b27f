import { spawnSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Makes `dist/`: the library as JavaScript with types, and what browsers load, each in one file. `npm ci` and `npm pack`
 * run it.
 */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

await rm(DIST, { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(1);

await build({
  entryPoints: { main: join(ROOT, 'src/web/main.ts'), client: join(ROOT, 'src/client.ts') },
  outdir: join(DIST, 'web'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
});
for (const file of ['index.html', 'board.css', 'icon.svg'])
  await cp(join(ROOT, 'src/web', file), join(DIST, 'web', file));

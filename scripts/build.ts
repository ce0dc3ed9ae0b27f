import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Makes `dist/`: the library as JavaScript with types, and what browsers load, each in one file. `npm ci` and `npm pack`
 * run it. It is made elsewhere and put in place as a whole, so that who uses it meanwhile always finds one.
 */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const NEW = join(ROOT, 'node_modules/.dist');
const OLD = join(ROOT, 'node_modules/.dist-before');

await rm(NEW, { recursive: true, force: true });
const compile = ['-p', 'tsconfig.build.json', '--outDir', NEW];
const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...compile], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(1);

await build({
  entryPoints: { main: join(ROOT, 'src/web/main.ts'), client: join(ROOT, 'src/client.ts') },
  outdir: join(NEW, 'web'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
});
for (const file of ['index.html', 'board.css', 'icon.svg'])
  await cp(join(ROOT, 'src/web', file), join(NEW, 'web', file));

if (existsSync(DIST)) await rename(DIST, OLD);
await rename(NEW, DIST);
await rm(OLD, { recursive: true, force: true });

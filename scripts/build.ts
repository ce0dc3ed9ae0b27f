import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Makes `dist/`: the library as JavaScript with types, the program, and what browsers load, each in one file. `npm ci` and
 * `npm pack` run it. It is made elsewhere and put in place as a whole, so that who uses it meanwhile always finds one.
 */
const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const NEW = join(ROOT, 'dist-new');
const OLD = join(ROOT, 'dist-before');

await rm(NEW, { recursive: true, force: true });
const compile = ['-p', 'tsconfig.build.json', '--outDir', NEW];
const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...compile], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (tsc.status !== 0) process.exit(1);

/**
 * The program in a few files, with Kysely, which is 255 of them: to find and read so many was a quarter of a start. What
 * else it needs stays outside, where `npm audit` sees it and can mend it.
 */
const { dependencies, peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies',
  Record<string, string>
>;
await build({
  entryPoints: [join(ROOT, 'src/cli/main.ts')],
  // As deep as `http/routes`, whose way to `web` holds here too.
  outdir: join(NEW, 'cli/program'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'kysely'),
  logLevel: 'warning',
});
// Its licence asks to come along.
await cp(join(ROOT, 'node_modules/kysely/LICENSE'), join(NEW, 'cli/program/LICENSE-kysely'));

const web = {
  outdir: join(NEW, 'web'),
  bundle: true,
  format: 'esm',
  target: 'es2024',
  sourcemap: true,
  logLevel: 'warning',
} as const;
const readable = process.argv.includes('--readable-page');
await build({ ...web, entryPoints: { main: join(ROOT, 'src/web/main.ts') }, minify: !readable });
await build({ ...web, entryPoints: { client: join(ROOT, 'src/client.ts') }, minify: true });
for (const file of ['index.html', 'board.css', 'icon.svg'])
  await cp(join(ROOT, 'src/web', file), join(NEW, 'web', file));

if (existsSync(DIST)) await rename(DIST, OLD);
await rename(NEW, DIST);
await rm(OLD, { recursive: true, force: true });

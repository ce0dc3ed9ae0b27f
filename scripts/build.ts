import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

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
 * The program in one file, with the packages that it serves with: to find and read their 800 files was half of a start. What is
 * loaded only when it is asked for stays outside, as do Fastify's own compilers, for which nothing asks.
 */
const { dependencies, peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'peerDependencies',
  Record<string, string>
>;
const WITHIN = ['ajv', 'commander', 'fastify', 'kysely', 'lru-cache', 'pino', 'prom-client', 'string-width'];
const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !WITHIN.includes(name));
const {
  metafile: { inputs },
  outputFiles: [program],
} = await build({
  entryPoints: [join(ROOT, 'src/cli/main.ts')],
  absWorkingDir: ROOT,
  bundle: true,
  write: false,
  metafile: true,
  format: 'cjs',
  platform: 'node',
  target: 'node24',
  external: [...outside, '@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'],
  plugins: [onlyCounting()],
  define: { 'import.meta.url': 'importMetaUrl' },
  logLevel: 'warning',
});
if (!program) throw new Error('the program was not built');
await mkdir(join(NEW, 'cli/program'), { recursive: true });
// Modules of Node's that are seldom used are loaded when they are: to load them was a fifth of a start.
const seldom = /\brequire\(("(?:node:)?(?:https|http2|fs\/promises|readline|zlib)")\)/g;
// What is outside is loaded by bin/msgboard.js, as a script's own `import()` is still an experiment of Node's.
const outsiders = /\bimport\((?=")/g;
const script = `(function (exports, require, module, __filename, load) {
const importMetaUrl = require('node:url').pathToFileURL(__filename).href;
const whenUsed = (name) => new Proxy({}, { get: (_, key) => require(name)[key] });
${program.text.replaceAll(seldom, 'whenUsed($1)').replaceAll(outsiders, 'load(')}})`;
// As deep as `http/routes`, whose way to `web` holds here too; the first line is what bin/msgboard.js knows it by.
await writeFile(join(NEW, 'cli/program/main.cjs'), `// ${hash('sha256', script)}\n${script}`);
await writeFile(join(NEW, 'cli/program/LICENSES.txt'), await licencesOf(Object.keys(inputs)));

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

/** Of prom-client all but what counts, which brings along clusters and telemetry. */
function onlyCounting(): Plugin {
  return {
    name: 'only-counting',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^prom-client$/ }, ({ path }) => ({ path, namespace: 'only-counting' }));
      onLoad({ filter: /./, namespace: 'only-counting' }, () => ({
        resolveDir: ROOT,
        contents: ['Counter', 'Gauge', 'Histogram', 'Registry']
          .map((name) => `exports.${name} = require('prom-client/lib/${name.toLowerCase()}.js');`)
          .join('\n'),
      }));
    },
  };
}

/** The licences of the packages that files are of: they ask to come along. */
async function licencesOf(files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
  const parts = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const { name, version, license, author } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
      const found = (await readdir(join(ROOT, folder))).filter((file) => /^(licen[cs]e|notice)/i.test(file));
      const texts = await Promise.all(found.map((file) => readFile(join(ROOT, folder, file), 'utf8')));
      const text = texts.length > 0 ? texts.map((each) => each.trim()).join('\n\n') : `Licensed by ${author}.`;
      return `===== ${name} ${version}, ${license}\n\n${text}\n`;
    }),
  );
  return parts.join('\n');
}

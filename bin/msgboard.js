#!/usr/bin/env node
// JavaScript that old versions of Node.js understand too, so that they can say what is amiss.

const version = process.versions.node;
const [major, minor] = version.split('.').map(Number);

if (major > 24 || (major === 24 && minor >= 7)) {
  void start();
} else {
  process.exitCode = 1;
  process.stderr.write(
    `msgboard needs Node.js 24.7 or newer and found ${version}: install a newer one from https://nodejs.org, or, in a checkout, run \`npm install\` (without --omit=dev), which brings one along, and \`npm start\`, which uses it.\n`,
  );
}

async function start() {
  // An import would load all that these can lead to, which takes some milliseconds.
  const { existsSync } = process.getBuiltinModule('node:fs');
  // A checkout runs its sources, whatever has been built of them; the published package has no sources.
  const sources = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = existsSync(sources) ? await import(sources.href) : published();
  await main(process.argv);
}

/**
 * The published program. What V8 has compiled of it by the time that it works is kept for the next start of the same command,
 * which then takes half the time. (Node's own cache keeps what is compiled before anything runs: next to nothing.)
 */
function published() {
  const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
  const { createRequire } = process.getBuiltinModule('node:module');
  const { Script } = process.getBuiltinModule('node:vm');
  const { fileURLToPath } = process.getBuiltinModule('node:url');

  const filename = fileURLToPath(new URL('../dist/cli/program/main.cjs', import.meta.url));
  const source = readFileSync(filename, 'latin1');
  // V8 knows what its own version has compiled, and not of which source, so the build says that in the first line.
  const [, hash] = /^\/\/ ([0-9a-f]{16})/.exec(source);
  const [command] = /^[a-z][a-z_-]*$/.exec(process.argv[2]) || ['serve'];
  // Where only who may change the program may write.
  const folder = fileURLToPath(new URL('../node_modules/.cache/msgboard/', import.meta.url));
  const kept = `${folder}${command}-${hash}-${process.version}-${process.arch}`;
  const cachedData = existsSync(kept) ? readFileSync(kept) : undefined;
  const script = new Script(source, { filename, cachedData });
  if (!cachedData || script.cachedDataRejected) keepLater(folder, kept, script);

  const module = { exports: {} };
  const load = (name) => import(name);
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, load);
  return module.exports;
}

/** A second after the start, as a server may be killed, or at the end. */
function keepLater(folder, file, script) {
  let isKept = false;
  const keep = () => {
    if (!isKept) keepIn(folder, file, script.createCachedData());
    isKept = true;
  };
  setTimeout(keep, 1000).unref();
  process.once('exit', (code) => {
    if (code === 0) keep();
  });
}

/** A whole file or none, even if the power fails. Where nothing can be written, each start is a first one. */
function keepIn(folder, file, data) {
  const { mkdirSync, renameSync, writeFileSync } = process.getBuiltinModule('node:fs');
  const unfinished = `${file}-${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, data, { flush: true });
    renameSync(unfinished, file);
  } catch {}
}

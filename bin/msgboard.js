#!/usr/bin/env node
// JavaScript that old versions of Node.js understand too, so that they can say what is amiss.

import { fileURLToPath } from 'node:url';

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
  const { existsSync } = await import('node:fs');
  const { enableCompileCache, flushCompileCache } = await import('node:module');
  // Compiled once, it starts in little more than half the time. Kept where only who may change the program may write.
  enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/msgboard', import.meta.url)));
  // A checkout runs its sources, whatever has been built of them; the published package has no sources.
  const sources = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = await import(existsSync(sources) ? sources.href : '../dist/cli/program/main.js');
  await main(process.argv);
  // Not only at the end: a server may be killed.
  flushCompileCache();
}

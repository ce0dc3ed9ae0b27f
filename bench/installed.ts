import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Workshop } from './workshop.ts';

const ROOT = join(import.meta.dirname, '..');

/** Builds the package and lays it out as an installation has it: a checkout would run its sources. Gives its program. */
export function installed(workshop: Workshop): string {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the package cannot be built:\n${stderr}`);
  const home = workshop.file('installed');
  for (const part of ['package.json', 'bin', 'dist']) cpSync(join(ROOT, part), join(home, part), { recursive: true });
  mkdirSync(join(home, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((name) => !name.startsWith('.')))
    symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name));
  return join(home, 'bin/msgboard.js');
}

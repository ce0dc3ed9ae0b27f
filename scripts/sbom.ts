/**
 * Prints what msgboard brings along in production, in CycloneDX, as `npm sbom` tells it of a lock file without the rest:
 * beside packages for development, `npm sbom --omit=dev` leaves out what those need too (npm 11.19).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

const ROOT = join(import.meta.dirname, '..');

const { devDependencies: _, peerDependencies: __, ...manifest } = read('package.json');
const { packages, ...lock } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };
const kept = Object.entries(packages).filter(([, { dev, devOptional, peer }]) => !dev && !devOptional && !peer);

const dir = mkdtempSync(join(tmpdir(), 'msgboard-'));
try {
  // It is called after where it stands.
  const cwd = join(dir, 'msgboard');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
  const all = { ...lock, packages: { ...Object.fromEntries(kept), '': manifest } };
  writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify(all));
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], { cwd, stdio: 'inherit' });
} finally {
  rmSync(dir, { recursive: true });
}

function read(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
}

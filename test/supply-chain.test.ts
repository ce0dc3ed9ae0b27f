import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOCKS = ['', 'test/runtimes/', 'test/databases/', 'test/mutation/', 'site/'].map(
  (dir) => `${dir}package-lock.json`,
);

/** What may be used and handed on without asking anybody. */
const LICENCES = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'];

/** An entry of a lock file, as far as it matters here. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly inBundle?: boolean;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

test('what runs in production installs without running anything', async () => {
  assert.deepEqual(scriptsIn(await production()), []);
  const planted = { version: '1.0.0', hasInstallScript: true };
  assert.deepEqual(scriptsIn([['node_modules/planted', planted]]), ['node_modules/planted']);
});

test('what runs in production is under licences that ask for no more than a notice', async () => {
  const others = (await production()).filter(([, { license }]) => !LICENCES.includes(license ?? 'none'));
  assert.deepEqual(others, []);
});

for (const lock of LOCKS) {
  test(`${lock} says by a hash what each package is, and of no place where it comes from`, async () => {
    for (const [path, { integrity, resolved, inBundle, link }] of await packagesOf(lock)) {
      assert.equal(resolved, undefined, path);
      if (!inBundle && !link) assert.match(integrity ?? '', /^sha512-/, path);
    }
  });
}

test('a bill of materials names each package that runs in production', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/sbom.ts')], {
    maxBuffer: 16 * 2 ** 20,
  });
  const {
    bomFormat,
    components,
  }: { bomFormat: string; components: { name: string; group?: string; version: string }[] } = JSON.parse(stdout);
  assert.equal(bomFormat, 'CycloneDX');
  const named = components.map(({ name, group, version }) => `${group ? `${group}/` : ''}${name}@${version}`);
  const wanted = (await production()).map(
    ([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`,
  );
  assert.deepEqual(new Set(named), new Set(wanted));
});

function scriptsIn(packages: readonly (readonly [string, Locked])[]): string[] {
  return packages.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
}

async function production() {
  const all = await packagesOf('package-lock.json');
  const found = all.filter(([, { dev, devOptional, peer }]) => !dev && !devOptional && !peer);
  assert.ok(
    found.some(([path]) => path === 'node_modules/fastify'),
    'the lock file was understood',
  );
  return found;
}

async function packagesOf(lock: string): Promise<(readonly [path: string, Locked])[]> {
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(
    await readFile(new URL(`../${lock}`, import.meta.url), 'utf8'),
  );
  return Object.entries(packages).filter(([path]) => path !== '');
}

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { atEnd } from './support/cleanup.ts';
import { ROOT, run } from './support/snippets.ts';

/** An ES module needs no answer for those who cannot import one. */
const ES_ONLY = ['node10', 'node16-cjs'];

test('the package is published as those who use it need it', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-pack-'));
  atEnd(t, () => rm(dir, { recursive: true }));
  const packed = await run(t, 'npm', ['pack', '--json', '--pack-destination', dir], { cwd: ROOT });
  assert.equal(packed.code, 0, packed.errors);
  const name = /[\w.-]+\.tgz/.exec(packed.output)?.[0];
  assert.ok(name, packed.output);

  const { buffer, byteOffset, byteLength } = await readFile(join(dir, name));
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength);
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;

  await t.test('to package managers', async () => {
    const { messages } = await publint({ pack: { tarball }, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, manifest)),
      [],
    );
  });
  await t.test('to TypeScript', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    assert.ok(result.types, 'it has types');
    const problems = result.problems.filter(
      (problem) => !('resolutionKind' in problem && ES_ONLY.includes(problem.resolutionKind)),
    );
    assert.deepEqual(problems, []);
  });
});

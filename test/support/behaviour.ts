import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Runs test files on a database, in processes of their own.
 *
 * @param files - from `test/`, without `.test.ts`.
 * @param least - of their tests, so many must have been passed.
 */
export async function behavesOn(
  database: string,
  files: readonly string[],
  least: number,
  settings: NodeJS.ProcessEnv = {},
): Promise<void> {
  const paths = files.map((file) => fileURLToPath(new URL(`../${file}.test.ts`, import.meta.url)));
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=tap', ...paths], {
    env: { ...inherited, ...settings, MSGBOARD_TEST_DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, 'close');

  assert.equal(code, 0, output.slice(output.indexOf('not ok')));
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
  assert.ok(passed >= least, `only ${passed} tests passed`);
}

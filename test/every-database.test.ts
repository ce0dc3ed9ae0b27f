import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What a board does, whatever it is stored in. Their plain run is on the embedded database. */
const BEHAVIOUR = [
  'every-filter',
  'http-accounts',
  'http-bulk',
  'http-conditions',
  'http-list',
  'http-many-people',
  'http-poll',
  'http-posting',
  'http-stream',
  'http-topics-and-users',
  'http-verdicts',
];

for (const name of ['postgres', 'mariadb'] as const) {
  const { needs, start } = PRIVATE_SERVERS[name];

  test(`a board on ${name} behaves as one in a file`, { skip: without(...needs) }, async (t) => {
    const { url } = await start(t);
    const files = BEHAVIOUR.map((file) => fileURLToPath(new URL(`${file}.test.ts`, import.meta.url)));
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const child = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-reporter=tap', ...files], {
      env: { ...inherited, MSGBOARD_TEST_DATABASE: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, 'close');

    assert.equal(code, 0, output.slice(output.indexOf('not ok')));
    const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
    assert.ok(passed > 100, `only ${passed} tests passed`);
  });
}

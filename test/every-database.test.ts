import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIBSQL } from './support/dialects.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What a board does, whatever it is stored in. Their plain run is on the embedded database. */
const BEHAVIOUR = [
  'contract/errors',
  'contract/messages',
  'contract/sessions',
  'contract/stream',
  'contract/users',
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

/** For what takes seconds to start, in each process anew. */
const SOME = BEHAVIOUR.filter((file) => /^contract|every-filter|http-posting|http-verdicts/.test(file));

for (const [name, needs, start, behaviour = BEHAVIOUR] of [
  ['postgres', PRIVATE_SERVERS.postgres.needs, async (t) => (await PRIVATE_SERVERS.postgres.start(t)).url],
  ['mariadb', PRIVATE_SERVERS.mariadb.needs, async (t) => (await PRIVATE_SERVERS.mariadb.start(t)).url],
  [
    "postgres by a dialect of Kysely's",
    PRIVATE_SERVERS.postgres.needs,
    async (t) => `kysely+${(await PRIVATE_SERVERS.postgres.start(t)).url}`,
  ],
  ['PGlite', [], async () => 'pglite', SOME],
  ['libSQL', [LIBSQL], async () => 'libsql'],
] as readonly [string, readonly string[], (t: TestContext) => Promise<string>, (readonly string[])?][]) {
  test(`a board on ${name} behaves as one in a file`, { skip: without(...needs) }, async (t) => {
    const url = await start(t);
    const files = behaviour.map((file) => fileURLToPath(new URL(`${file}.test.ts`, import.meta.url)));
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

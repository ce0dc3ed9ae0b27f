import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { DATABASE_SERVERS, withoutServer } from './support/database-servers.ts';

/** What a board does, whatever it is stored in. Their plain run is on the embedded database. */
const BEHAVIOUR = ['http-originals', 'http-posting', 'http-conditions', 'http-list', 'http-stream', 'http-poll'];

// They wait for disks more than they work, so all go at once.
test('a board behaves on a database server as on a file', { concurrency: true }, async (t) => {
  await Promise.all(
    DATABASE_SERVERS.map(async (name) =>
      t.test(name, { skip: await withoutServer(name) }, async () => {
        const files = BEHAVIOUR.map((file) => fileURLToPath(new URL(`${file}.test.ts`, import.meta.url)));
        const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
        const child = spawn(process.execPath, ['--test', '--test-concurrency=3', '--test-reporter=tap', ...files], {
          env: { ...inherited, MSGBOARD_TEST_DATABASE: name },
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
      }),
    ),
  );
});

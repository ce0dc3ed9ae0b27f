/** What a command says of a database that is away, or not there, and with which code it ends. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { runToEnd } from './support/program.ts';
import { without } from './support/settings.ts';

const COMMANDS = [['serve', '--port', '0'], ['list'], ['migrate'], ['new-history'], ['export']] as const;

for (const scheme of ['postgres', 'mariadb', 'mysql']) {
  for (const command of COMMANDS) {
    test(`${command[0]} ends with 3 while the ${scheme} server is away`, async () => {
      const { code, output } = await runToEnd([...command, '--database', `${scheme}://kitten:yarn@127.0.0.1:1/board`]);
      assert.equal(code, 3, output);
      assert.equal(
        output,
        `msgboard: the ${scheme} server that --database names cannot be reached (ECONNREFUSED). Is it running, and is its address right?\n`,
      );
    });
  }
}

test('the doctor says so too', async () => {
  const { code, output } = await runToEnd(['doctor', '--database', 'postgres://kitten:yarn@127.0.0.1:1/board']);
  assert.equal(code, 1);
  assert.match(output, /"fail","message":"the postgres server that --database names cannot be reached/);
});

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`whoever names a database that a ${kind} server does not have is told to create it`, {
    skip: without(...PRIVATE_SERVERS[kind].needs),
  }, async (t) => {
    const { url } = await PRIVATE_SERVERS[kind].start(t);
    for (const command of COMMANDS) {
      const { code, output } = await runToEnd([...command, '--database', `${url}/kittens`]);
      assert.equal(code, 1, output);
      assert.match(
        output,
        /has no such database: .*kittens.* Create it first; docs\/troubleshooting\.md says how\.\n$/,
      );
    }
  });
}

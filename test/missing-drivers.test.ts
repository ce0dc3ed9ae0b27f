/** The packages that reach databases and brokers are installed by who needs them. Here nobody has. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { atEnd } from './support/cleanup.ts';
import { ROOT, run } from './support/snippets.ts';

const home = await mkdtemp(join(tmpdir(), 'msgboard-bare-'));
atEnd(test, () => rm(home, { recursive: true }));
for (const part of ['package.json', 'bin', 'src']) await cp(join(ROOT, part), join(home, part), { recursive: true });
const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, object>;
for (const name of Object.keys(dependencies ?? {})) {
  const place = join(home, 'node_modules', name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(ROOT, 'node_modules', name), place);
}

for (const [what, args, needed] of [
  ['PostgreSQL', ['--database', 'postgres://cat:yarn@localhost/board'], 'pg'],
  ['MySQL', ['--database', 'mysql://cat:yarn@localhost/board'], 'mariadb'],
  ['MariaDB', ['--database', 'mariadb://cat:yarn@localhost/board'], 'mariadb'],
  ['SQL Server', ['--database', 'mssql://cat:yarn@localhost/board'], 'tedious'],
  ['Oracle', ['--database', 'oracle://cat:yarn@localhost/board'], 'oracledb'],
  ['a bell of Redis', ['--database', 'sqlite::memory:', '--bell', 'redis://localhost'], 'redis'],
  ['a bell of NATS', ['--database', 'sqlite::memory:', '--bell', 'nats://localhost'], '@nats-io/transport-node'],
] as const) {
  test(`whoever wants ${what} without its package is told to install ${needed}`, async (t) => {
    const ended = await run(t, process.execPath, ['bin/msgboard.js', '--port', '0', ...args], { cwd: home });
    assert.equal(ended.code, 1);
    assert.match(ended.errors, new RegExp(`^msgboard: .*: npm install ${needed}\\n$`));
    assert.doesNotMatch(ended.errors, /yarn/);
  });
}

test('a board in a file needs none of them', async (t) => {
  const program = `const { openBoard } = await import('./src/index.ts');
    const board = await openBoard('sqlite:board.db');
    console.log(board.description);
    await board.close();`;
  const ended = await run(t, process.execPath, ['--input-type=module', '-e', program], { cwd: home });
  assert.deepEqual(ended, { code: 0, output: 'board.db\n', errors: '' });
});

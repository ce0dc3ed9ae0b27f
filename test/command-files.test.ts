/** What a command says of a file that is not there, or of a folder. */
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import { temporaryDatabase } from './support/database.ts';
import { runToEnd } from './support/program.ts';

const { dir, url } = await temporaryDatabase(test, undefined);
await (await openBoard(url)).close();

for (const [args, told] of [
  [['backup', 'missing/copy.db', '-d', url], 'there is no folder missing to put copy.db into.'],
  [['export', '--output', 'missing/board.ndjson', '-d', url], 'there is no folder missing to put board.ndjson into.'],
  [['import', 'nope.ndjson', '-d', 'sqlite:new.db'], 'there is no file nope.ndjson.'],
  [['restore', 'nope.db', '-d', 'sqlite:new.db'], 'there is no file nope.db.'],
  [
    ['user', 'add', 'cat', '--new-password-file', 'nope', '-d', url],
    'nope cannot be opened: there is no such file or folder.',
  ],
] as const) {
  test(`${args.slice(0, 3).join(' ')} is refused in a sentence`, async () => {
    const { code, output } = await runToEnd(args, { cwd: dir });
    assert.deepEqual([code, output], [1, `msgboard: ${told}\n`]);
    await assert.rejects(access(join(dir, 'new.db')));
  });
}

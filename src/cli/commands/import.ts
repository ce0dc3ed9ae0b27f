import { createReadStream, existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Line } from '../../keeping/read-lines.ts';
import { databaseOption, withStoreAt } from '../database.ts';
import { Misuse, tell } from '../failure.ts';
import { write } from '../output.ts';
import { count, withProgress } from '../progress.ts';

/** `import`: fills an empty board with what another was exported as. */
export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('fill an empty board with what export has written; what was interrupted goes on where it was')
    .argument('[file]', 'what export has written; -, or nothing: standard input')
    .option('--from <database>', 'instead, the database of a msgboard of 2016: a file of SQLite, or a URL')
    .addOption(databaseOption())
    .action(run);
}

interface ImportOptions {
  readonly database: string;
  readonly from?: string;
}

async function run(file: string | undefined, { database, from }: ImportOptions): Promise<void> {
  if (file !== undefined && from !== undefined) throw new Misuse('name a file, or --from: each is a board.');
  const lines = await (from === undefined ? exported(file ?? '-') : original(from));
  const { importBoard } = await import('../../keeping/import.ts');
  await withStoreAt(database, { create: true, mayBeFilled: true }, async (store) => {
    const { users, messages } = await withProgress('users and messages', (progress) =>
      importBoard(store, lines, {
        onProgress: (done, total) => progress.tell(done, total),
        onResume: (done) => tell(`going on after the ${count(done)} users and messages that are there.`),
      }),
    );
    await write(`Imported ${count(users)} users and ${count(messages)} messages into ${store.description}.\n`);
  });
}

type Lines = AsyncIterable<readonly Line[]>;

async function exported(file: string): Promise<Lines> {
  if (file === '-' && process.stdin.isTTY) throw new Misuse('name the file to import, or pipe it in.');
  if (file !== '-' && !existsSync(file)) throw new Error(`there is no file ${file}.`);
  const { readLines } = await import('../../keeping/read-lines.ts');
  return readLines(file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 }));
}

async function original(from: string): Promise<Lines> {
  const { originalLines } = await import('../../keeping/original.ts');
  return originalLines(from, { now: Date.now(), onChange: tell });
}

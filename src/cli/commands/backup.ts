import type { Command } from 'commander';
import { databaseOption, fileAt, keeperOptions, withFileAt, withStoreAt } from '../database.ts';
import { write } from '../output.ts';
import { withProgress } from '../progress.ts';

interface BackupOptions {
  readonly database: string;
  readonly force: boolean;
}

/** `backup`, `restore`, and `new-history` for what other programs have restored. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy a board in a file of SQLite to another file; servers may run on it meanwhile')
    .argument('<file>', 'where to')
    .addOption(databaseOption())
    .option('--force', 'overwrite that file', false)
    .action(backup);
  program
    .command('restore')
    .description('put a backup in the place of a board in a file of SQLite; no server may run on it')
    .argument('<file>', 'what backup has written')
    .addOption(databaseOption())
    .option('--force', 'overwrite the board that is there', false)
    .action(restore);
  program
    .command('new-history')
    .description('tell whoever follows a board to start over: once its database was restored by other means')
    .addOption(databaseOption())
    .action(beginAnew);
}

async function backup(file: string, { database, force }: BackupOptions): Promise<void> {
  const { backUp } = await import('../../keeping/backup.ts');
  await withFileAt(database, () =>
    withProgress('pages', (progress) => backUp(database, file, force, (done, total) => progress.tell(done, total))),
  );
  await write(`The board is in ${file} too, and that is whole.\n`);
}

async function restore(file: string, { database, force }: BackupOptions): Promise<void> {
  const keeping = await import('../../keeping/backup.ts');
  await fileAt(database);
  await keeping.restore(file, database, force, keeperOptions());
  await write(`The board in ${database} is the one of ${file}; whoever followed it starts over.\n`);
}

async function beginAnew({ database }: BackupOptions): Promise<void> {
  const keeping = await import('../../keeping/backup.ts');
  const epoch = await withStoreAt(database, {}, (store) => keeping.beginAnew(store));
  await write(`The history of this board is ${epoch} now; whoever followed it starts over.\n`);
}

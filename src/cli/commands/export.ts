import type { Command } from 'commander';
import { databaseOption, withStoreAt } from '../database.ts';
import { withOutput } from '../output-file.ts';
import { withProgress } from '../progress.ts';

interface ExportOptions {
  readonly database: string;
  readonly output?: string;
  readonly force: boolean;
  readonly passwords: boolean;
  readonly public: boolean;
}

/** `export`: the whole board as NDJSON. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write the whole board, private messages too, as a line of JSON each; import reads it')
    .addOption(databaseOption())
    .option('-o, --output <file>', 'where to; default: standard output')
    .option('--force', 'overwrite that file', false)
    .option('--passwords', "with the hashes of people's passwords: keep it as you keep the database", false)
    .option('--public', 'only what everybody may see', false)
    .action(run);
}

async function run(options: ExportOptions): Promise<void> {
  const { database, output, force, passwords } = options;
  const { exportBoard } = await import('../../keeping/export.ts');
  const part = options.public ? 'public' : 'all';
  await withStoreAt(database, {}, (store) =>
    withOutput(output, force, (write) =>
      withProgress('users and messages', (progress) =>
        exportBoard(store, { part, passwords, write, onProgress: (done, total) => progress.tell(done, total) }),
      ),
    ),
  );
}

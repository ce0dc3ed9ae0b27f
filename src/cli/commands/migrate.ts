import type { Command } from 'commander';
import { databaseOption, withFileAt, withStoreAt } from '../database.ts';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';

interface MigrateOptions extends OutputOptions {
  readonly database: string;
  readonly status: boolean;
}

/** `migrate`: brings the tables up to date, as a server that starts does. */
export function addMigrateCommand(program: Command): void {
  const command = program
    .command('migrate')
    .description('bring the tables of a board up to date, as a server that starts does')
    .addOption(databaseOption())
    .option('--status', 'only say which version they have, and what would be done', false);
  withOutputOptions(command).action(run);
}

async function run(options: MigrateOptions): Promise<void> {
  const { database, status } = options;
  const output = new Output(options);
  const { schemaAt } = await import('../../keeping/open-store.ts');
  const look = () => withFileAt(database, () => schemaAt(database));

  const before = await look();
  if (!status) await withStoreAt(database, {}, async () => {});
  const { version, known, pending, description } = status ? before : await look();
  const done = status ? [] : before.pending;
  await output.print({ version, known, pending, done }, () => {
    const state = `The tables in ${description} have version ${version}; this msgboard knows ${known}.`;
    if (status && pending.length > 0) return `${state} To be done: ${pending.join(', ')}.`;
    return done.length > 0 ? `${state} Done: ${done.join(', ')}.` : `${state} There is nothing to do.`;
  });
}

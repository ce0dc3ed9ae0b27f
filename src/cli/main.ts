import { Command } from 'commander';
import { VERSION } from '../model/version.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExportCommand } from './commands/export.ts';
import { addImportCommand } from './commands/import.ts';
import { addListCommand } from './commands/list.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addModeratorCommand } from './commands/moderator.ts';
import { addPostCommand } from './commands/post.ts';
import { addPruneCommand } from './commands/prune.ts';
import { addServeCommands } from './commands/serve.ts';
import { addTailCommand } from './commands/tail.ts';
import { addUserCommand } from './commands/user.ts';
import { reportFailure } from './failure.ts';
import { write } from './output.ts';

/**
 * The command line. It resolves once the command is done, or, of one that goes on, under way; `process.exitCode` says how it
 * went.
 *
 * @param argv - as `process.argv` has it.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Each write hears of its own error.
  process.stdout.on('error', () => {});
  const program = new Command('msgboard')
    .version(VERSION)
    .description('Users, messages and a live stream over HTTP, on an SQL database.')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => void write(text).catch(reportFailure) })
    .showHelpAfterError('Run msgboard --help for what there is, or --help behind a command for all that it takes.');

  // Each loads what it needs when it is run: --help must not wait for a server.
  program.commandsGroup('Serve a board:');
  addServeCommands(program);
  program.commandsGroup('Use a board:');
  addPostCommand(program);
  addListCommand(program);
  addTailCommand(program);
  program.commandsGroup('People:');
  addUserCommand(program);
  addModeratorCommand(program);
  program.commandsGroup('Keep a board:');
  addExportCommand(program);
  addImportCommand(program);
  addBackupCommands(program);
  addPruneCommand(program);
  addMigrateCommand(program);
  addDoctorCommand(program);

  try {
    await program.parseAsync(argv);
  } catch (error) {
    reportFailure(error);
  }
}

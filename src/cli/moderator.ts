import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { fileOf } from '../board/database-url.ts';
import { openBoard } from '../board/open-board.ts';

/** Where a board is stored: every command that opens one takes it. */
export function databaseOption(): Option {
  return new Option(
    '-d, --database <url>',
    'where it is stored: sqlite:FILE, sqlite::memory: until it ends, or postgres://, mysql:// or mariadb://USER:PASSWORD@HOST/DATABASE',
  )
    .env('MSGBOARD_DATABASE')
    .default('sqlite:msgboard.db');
}

/** `moderator add NAME`, `moderator remove NAME`: whoever may write to the database may say who moderates. */
export function addModeratorCommand(program: Command): void {
  const moderator = program
    .command('moderator')
    .description('say who moderates the board; servers that run on it notice within a second');

  moderator
    .command('add')
    .description('let somebody delete what others have posted in public, and ban people')
    .argument('<name>', 'their username, or their id')
    .addOption(databaseOption())
    .action((name: string, { database }: { database: string }) => setModerator(name, true, database));
  moderator
    .command('remove')
    .description('take that from them again')
    .argument('<name>', 'their username, or their id')
    .addOption(databaseOption())
    .action((name: string, { database }: { database: string }) => setModerator(name, false, database));
}

async function setModerator(name: string, moderator: boolean, database: string): Promise<void> {
  try {
    const file = fileOf(database);
    // A slip of the pen must not leave an empty board behind.
    if (file !== null && !existsSync(file))
      throw new Error(`there is no board in ${file}. Name another with --database.`);

    const board = await openBoard(database);
    try {
      const { username } = await board.asOperator().users.administer(name, { moderator });
      process.stdout.write(`${username} is ${moderator ? 'a' : 'no'} moderator now.\n`);
    } finally {
      await board.close();
    }
  } catch (error) {
    process.stderr.write(`msgboard: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

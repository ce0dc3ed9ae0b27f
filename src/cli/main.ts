import { Command, InvalidArgumentError, Option } from 'commander';
import { BoardError } from '../model/errors.ts';
import { type RunningServer, type ServerOptions, startServer } from '../serve.ts';
import { type GuardOptions, guardsOf, withGuardOptions } from './guard-options.ts';
import { addModeratorCommand, databaseOption } from './moderator.ts';

type ServeOptions = Required<Pick<ServerOptions, 'port' | 'host' | 'database' | 'signup' | 'read' | 'bell'>> &
  GuardOptions;

/**
 * The command line.
 *
 * @param argv - as `process.argv` has it.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('msgboard')
    .description('Users, messages and a live stream over HTTP, on an SQL database.')
    .enablePositionalOptions()
    .showHelpAfterError('Run msgboard --help for what there is.');

  const serving = withServeOptions(program.command('serve', { isDefault: true }))
    .description('serve a board; tables are created where there are none (the default)')
    .action(serve);
  withServeOptions(program.command('init_db'))
    .description('create the tables where there are none, then serve; what is there stays')
    .action(serve);

  addModeratorCommand(program);

  program.addHelpText('after', () => `\n${serving.helpInformation()}${OPERATOR}`);
  serving.addHelpText('after', OPERATOR);
  await program.parseAsync(argv);
}

const OPERATOR = `
The operator's token, which makes accounts and opens sessions for anyone, comes from
MSGBOARD_OPERATOR_TOKEN alone: other users of this machine can read a command's arguments.
`;

function withServeOptions(command: Command): Command {
  const serving = command
    .addOption(
      new Option('-p, --port <number>', 'the port to listen on; 0: any that is free')
        .env('MSGBOARD_PORT')
        .default(5000)
        .argParser(portOf),
    )
    .addOption(
      new Option('--host <address>', 'the address to listen on; 0.0.0.0: all, also from other machines')
        .env('MSGBOARD_HOST')
        .default('localhost'),
    )
    .addOption(databaseOption())
    .addOption(
      new Option('--signup <who>', 'who may sign up; closed: only the operator makes accounts')
        .choices(['open', 'closed'])
        .env('MSGBOARD_SIGNUP')
        .default('open'),
    )
    .addOption(
      new Option('--read <who>', 'who may read what is public; members: whoever has an account')
        .choices(['everyone', 'members'])
        .env('MSGBOARD_READ')
        .default('everyone'),
    )
    .addOption(
      new Option(
        '--bell <how>',
        'how several msgboards on one database tell each other of news: postgres, redis://HOST:PORT, nats://HOST:PORT, or poll: once a second; auto: postgres on PostgreSQL, else poll',
      )
        .env('MSGBOARD_BELL')
        .default('auto'),
    );
  return withGuardOptions(serving);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

async function serve(options: ServeOptions): Promise<void> {
  let server: RunningServer;
  try {
    const operatorToken = process.env['MSGBOARD_OPERATOR_TOKEN'];
    const { port, host, database, signup, read, bell } = options;
    const settings = { port, host, database, signup, read, bell, ...guardsOf(options) };
    server = await startServer({ ...settings, ...(operatorToken !== undefined && { operatorToken }) });
  } catch (error) {
    process.stderr.write(`msgboard cannot start: ${reasonOf(error, options)}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(welcome(server));
  closeOnSignal(server);
}

function welcome({ url, board }: RunningServer): string {
  const at = url.replace(/^http:\/\//, '');
  return `msgboard listens on ${url} and stores everything in ${board.description}
Try it:
  http POST ${at}/user username=kitten password=yarn
  http POST ${at}/message text="I love kittens!" --auth kitten:yarn
and follow it with: curl -N ${at}/stream
Every route: ${url}/docs
`;
}

/** The first signal ends it well, a second one at once. */
function closeOnSignal(server: RunningServer): void {
  let isClosing = false;
  const close = async (signal: NodeJS.Signals) => {
    if (isClosing) process.exit(1);
    isClosing = true;
    process.stdout.write(`${signal}: finishing what was accepted\n`);
    await server.close();
    process.exit(0);
  };
  process.on('SIGINT', (signal) => void close(signal));
  process.on('SIGTERM', (signal) => void close(signal));
}

function reasonOf(error: unknown, { port, host, database }: ServeOptions): string {
  if (error instanceof BoardError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is taken. Choose another with --port.`;
  if (code === 'EACCES') return `port ${port} may not be opened by this user. Choose one above 1023 with --port.`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `${host} is no address of this machine. Choose another with --host.`;
  if (code === 'ERR_SQLITE_ERROR') return `the database ${database} cannot be opened: ${error.message}.`;
  return error.message;
}

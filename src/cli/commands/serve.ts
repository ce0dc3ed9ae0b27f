import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DrainOptions, RunningServer, ServerOptions } from '../../serve.ts';
import { bellOption, databaseOption } from '../database.ts';
import { codeOf } from '../error-code.ts';
import { type GuardOptions, guardsOf, withGuardOptions } from '../guard-options.ts';
import { isJson, type LogKind, logOption, logSink } from '../log.ts';
import { openingFailure } from '../opening-failure.ts';
import { write } from '../output.ts';
import { secretIn } from '../secrets.ts';

type ServeOptions = Required<Pick<ServerOptions, 'port' | 'host' | 'signup' | 'read' | 'bell'>> &
  GuardOptions & { readonly database: string; readonly log: LogKind; readonly drain: number };

/** `serve`, which is what `msgboard` alone means, and `init_db`. */
export function addServeCommands(program: Command): void {
  const serving = withServeOptions(program.command('serve', { isDefault: true }))
    .description('serve a board; tables are created where there are none (the default)')
    .allowExcessArguments()
    .hook('preAction', (_, { args }) => refuseWords(program, args))
    .action(serve);
  withServeOptions(program.command('init_db'))
    .description('create the tables where there are none, then serve; what is there stays')
    .action(serve);

  program.addHelpText('after', () => `\n${serving.helpInformation()}${OPERATOR}`);
  serving.addHelpText('after', OPERATOR);
}

/** What is no command comes to the one that need not be named, which takes no words. */
function refuseWords(program: Command, [word]: readonly string[]): void {
  if (word === undefined) return;
  const isNamed = program.args[0] === 'serve';
  program.error(
    isNamed ? `error: serve takes no words, only options: what is ${word}?` : `error: there is no command ${word}.`,
    {
      exitCode: 2,
    },
  );
}

const OPERATOR = `
The operator's token, which makes accounts and opens sessions for anyone, comes from
MSGBOARD_OPERATOR_TOKEN alone: other users of this machine can read a command's arguments.
`;

function withServeOptions(command: Command): Command {
  const serving = command
    .addOption(
      new Option('-p, --port <number>', 'the port to listen on; 0: one that is free')
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
    .addOption(bellOption())
    .addOption(
      new Option(
        '--drain <seconds>',
        'how long to serve on after SIGTERM, while /health/ready says 503, for proxies that ask it',
      )
        .env('MSGBOARD_DRAIN')
        .default(0)
        .argParser(secondsOf),
    )
    .addOption(logOption());
  return withGuardOptions(serving);
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('It is a number of seconds, at most 3600.');
}

async function serve(options: ServeOptions): Promise<void> {
  const { startServer } = await import('../../serve.ts');
  const operatorToken = secretIn('MSGBOARD_OPERATOR_TOKEN');
  const { port, host, database, signup, read, bell } = options;
  const log = logSink(options.log);
  const settings = { port, host, database, signup, read, bell, ...guardsOf(options) };
  let server: RunningServer;
  try {
    server = await startServer({
      ...settings,
      ...(operatorToken !== undefined && { operatorToken }),
      ...(log && { log }),
    });
  } catch (error) {
    throw refusalOf(error, options);
  }
  closeOnSignal(server, options.drain);
  // What reads JSON finds nothing else; the log says the same. A server goes on though nobody reads it.
  if (!isJson(options.log)) await write(welcome(server)).catch(() => {});
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
function closeOnSignal(server: RunningServer, drain: number): void {
  let isClosing = false;
  const close = async (options: DrainOptions) => {
    if (isClosing) process.exit(1);
    isClosing = true;
    await server.close(options);
    process.exit(0);
  };
  // Who presses Ctrl-C stands before it and waits.
  process.on('SIGINT', () => void close({}));
  process.on('SIGTERM', () => void close({ drain }));
}

/** What the person who starts it can do about it, where that is known. */
function refusalOf(error: unknown, { port, host, database }: ServeOptions): unknown {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new Error(`port ${port} on ${host} is taken. Choose another with --port.`);
    case 'EACCES':
      return new Error(`port ${port} may not be opened by this user. Choose one above 1023 with --port.`);
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return new Error(`${host} is no address of this machine. Choose another with --host.`);
    default:
      return openingFailure(error, database);
  }
}

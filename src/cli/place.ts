import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Client } from '../model/client.ts';
import { BoardError } from '../model/errors.ts';
import { bellOption, databaseOption, withBoard } from './database.ts';
import { Misuse } from './failure.ts';
import { givenPasswordOf, passwordOf } from './passwords.ts';
import { secretIn } from './secrets.ts';

/** Which board, and who is at it: what every command takes that works on a board. */
export interface PlaceOptions {
  readonly database: string;
  readonly url?: string;
  readonly bell: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly retry: number;
}

/** A board, in a database or far away. */
export interface Place {
  /** For people. */
  readonly description: string;
  /** Whoever `--user` names; without it the operator, where that can be, else nobody. */
  readonly client: Client;
  /** Whether it is the operator who asks. */
  readonly isOperator: boolean;
  /** Somebody else, for the operator. */
  as(name: string): Promise<Client>;
  /** The password of whoever `--user` names, for what asks for it once more. */
  password(): Promise<string>;
}

const GROUP = 'Which board, and who you are:';

/** Adds what {@link atBoard} is told by. */
export function withPlaceOptions(command: Command): Command {
  const options = [
    databaseOption(),
    urlOption(),
    new Option('--user <name>', 'who you are; on a database, nobody asks for the password').env('MSGBOARD_USER'),
    new Option(
      '--password-file <file>',
      'a file with the password in its first line; -: standard input. Without it the password is what MSGBOARD_PASSWORD says, or you are asked',
    ),
    new Option('--retry <seconds>', 'how long to go on trying while the server is away or busy')
      .argParser(secondsOf)
      .default(0),
    bellOption(),
  ];
  for (const option of options) command.addOption(option.helpGroup(GROUP));
  return withOneBoard(command);
}

/** A server, instead of a database. */
export function urlOption(): Option {
  return new Option('-u, --url <url>', 'instead, a server that runs, such as http://localhost:5000')
    .env('MSGBOARD_URL')
    .argParser(urlOf);
}

/** Lets a command that takes both a database and a server have one of them. */
export function withOneBoard(command: Command): Command {
  return command.hook('preAction', (_, action) => {
    const byHand = ['database', 'url'].filter((name) => action.getOptionValueSource(name) === 'cli');
    if (byHand.length === 2) throw new Misuse('give either --database or --url: each names a board.');
    // What is said now goes before what the environment says.
    if (byHand[0] === 'database') action.setOptionValue('url', undefined);
  });
}

/** Goes to the board that is meant, and leaves it whatever happens there. */
export async function atBoard(options: PlaceOptions, body: (place: Place) => Promise<void>): Promise<void> {
  return options.url === undefined ? atDatabase(options, body) : atServer(options, options.url, body);
}

/** Whoever may open the database is its operator, and may be anybody. */
async function atDatabase(options: PlaceOptions, body: (place: Place) => Promise<void>): Promise<void> {
  await withBoard(options, async (board) => {
    const as = async (name: string) => {
      await board.asOperator().users.get(name);
      return board.as(name);
    };
    const { user } = options;
    const client = user === undefined ? board.asOperator() : await as(user);
    const password = () => passwordOf(options, user ?? 'the operator');
    await body({ description: board.description, client, isOperator: user === undefined, as, password });
  });
}

async function atServer(options: PlaceOptions, url: string, body: (place: Place) => Promise<void>): Promise<void> {
  const { connect } = await import('../remote/connect.ts');
  const operatorToken = secretIn('MSGBOARD_OPERATOR_TOKEN');
  const settings = { retryFor: options.retry * 1000 };
  const operator = operatorToken === undefined ? null : connect(url, { token: operatorToken }, settings);
  const opened: Client[] = [];
  const as = async (name: string) => {
    if (!operator)
      throw new Misuse(`only the operator can be ${name} without a password: set MSGBOARD_OPERATOR_TOKEN.`);
    const { token } = await operator.sessions.open({ username: name }).catch((error: unknown) => {
      throw operatorRefusal(error, url);
    });
    const client = connect(url, { token }, settings);
    opened.push(client);
    return client;
  };
  let known: string | null = null;
  const clientOf = async (username: string) => {
    known = await (operator ? givenPasswordOf(options) : passwordOf(options, username));
    return known === null ? as(username) : connect(url, { username, password: known }, settings);
  };

  const { user } = options;
  const isOperator = user === undefined && operator !== null;
  const client = user === undefined ? (operator ?? connect(url, undefined, settings)) : await clientOf(user);
  const password = async () => known ?? passwordOf(options, user ?? 'the operator');
  try {
    await body({ description: url, client, isOperator, as, password });
  } catch (error) {
    throw isOperator ? operatorRefusal(error, url) : error;
  } finally {
    // The account, and its sessions with it, may be gone by now.
    for (const session of opened) await session.sessions.close().catch(() => {});
  }
}

/** To a server, a token that it does not know is that of a session. Whoever runs the command has opened none. */
function operatorRefusal(error: unknown, url: string): unknown {
  if (!(error instanceof BoardError) || error.code !== 'unauthorized') return error;
  return new BoardError(
    'unauthorized',
    `what MSGBOARD_OPERATOR_TOKEN holds is not the operator's token at ${url}. Set it to that of the server, or unset it.`,
    { cause: error },
  );
}

function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError('A server is at a URL such as http://localhost:5000.');
  if (url.username !== '' || url.password !== '')
    throw new InvalidArgumentError(
      'Other users can read a command: say who you are with --user and MSGBOARD_PASSWORD.',
    );
  return url.href;
}

function secondsOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('This is a number of seconds.');
}

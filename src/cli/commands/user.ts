import { type Command, Option } from 'commander';
import type { Client, UsersQuery } from '../../model/client.ts';
import { BoardError } from '../../model/errors.ts';
import type { User } from '../../model/user.ts';
import { confirm } from '../asking.ts';
import { Misuse } from '../failure.ts';
import { localTime } from '../message-line.ts';
import { jsonObject, numberFrom } from '../option-values.ts';
import { Output, type OutputOptions, withOutputOptions } from '../output.ts';
import { newPasswordOf } from '../passwords.ts';
import { atBoard, type Place, type PlaceOptions, withPlaceOptions } from '../place.ts';
import type { Column } from '../table.ts';

interface Options extends PlaceOptions, OutputOptions {}

interface NewPasswordOptions extends Options {
  readonly newPasswordFile?: string;
}

interface AddOptions extends NewPasswordOptions {
  readonly bio?: string;
  readonly data?: Record<string, unknown>;
  /** `false`: with `--no-password`. */
  readonly password: boolean;
}

interface ListOptions extends Options {
  readonly prefix?: string;
  readonly limit?: number;
  readonly after?: string;
  readonly all?: boolean;
}

const NAME = 'their username, or their id';
const OWN = 'their username, or their id; you, as --user says, if left out';

/** `user add`, `list`, `passwd`, `ban`, `unban` and `delete`: the accounts of a board. */
export function addUserCommand(program: Command): void {
  const user = program.command('user').description('make, list, change and delete accounts');
  const command = (name: string, description: string) =>
    withOutputOptions(withPlaceOptions(user.command(name).description(description)));

  withNewPassword(command('add', 'make an account'))
    .argument('<name>', 'the username')
    .option('--bio <text>', 'about this person')
    .option('--data <json>', 'fields of an application of yours, as an object', jsonObject)
    .option('--no-password', 'without a password, so that only the operator can log them in')
    .action(add);
  command('list', 'list accounts by name: a page of them, or all')
    .argument('[name...]', 'these alone, by username or id, at most 100')
    .option('--prefix <text>', 'only names that begin with it')
    .option('--limit <number>', 'how many, at most 100; 20 if left out', numberFrom(1, 100))
    .option('--after <name>', 'only names that come after it')
    .addOption(new Option('--all', 'all that there are, page by page').conflicts('limit'))
    .action(list);
  withNewPassword(command('passwd', 'set a password; sessions and streams opened with the old one end'))
    .argument('[name]', OWN)
    .action(passwd);
  for (const [name, banned, description] of [
    ['ban', true, 'end the sessions and streams of somebody and let them in no more; messages stay'],
    ['unban', false, 'let somebody in again'],
  ] as const) {
    command(name, description)
      .argument('<name>', NAME)
      .action((who: string, options: Options) => ban(who, banned, options));
  }
  command('delete', 'delete an account and all of its messages, for good; the name stays taken')
    .argument('[name]', OWN)
    .option('--yes', 'do not ask whether this is meant')
    .action(remove);
}

function withNewPassword(command: Command): Command {
  return command.option(
    '--new-password-file <file>',
    'a file with the new password in its first line; -: standard input. Without it that is what MSGBOARD_NEW_PASSWORD says, or you are asked',
  );
}

async function add(username: string, options: AddOptions): Promise<void> {
  const { bio, data } = options;
  const out = new Output(options);
  await atBoard(options, async ({ client }) => {
    const user = await client.users.create({
      username,
      ...(options.password && { password: await newPasswordOf(options, username) }),
      ...(bio !== undefined && { bio }),
      ...(data && { data }),
    });
    await out.print(user, () => `${user.username} has an account now, with the id ${user.id}.`);
  });
}

async function list(names: readonly string[], options: ListOptions): Promise<void> {
  const { prefix, limit, after, all = false } = options;
  const out = new Output(options);
  const { Table } = await import('../table.ts');
  const table = new Table(COLUMNS, out);
  const query: UsersQuery = {
    ...(names.length > 0 && { user: [...names] }),
    ...(prefix !== undefined && { prefix }),
    ...(limit !== undefined && { limit }),
    ...(after !== undefined && { after }),
    ...(all && { limit: 100 }),
  };
  await atBoard(options, async ({ client }) => {
    for (let next: UsersQuery | null = query; next !== null; ) {
      const page: Awaited<ReturnType<Client['users']['list']>> = await client.users.list(next);
      await out.printAll(page.users, (rows) => table.lines(rows));
      next = all ? page.next : null;
    }
  });
}

const COLUMNS: readonly Column<User>[] = [
  { title: 'ID', most: 16, text: ({ id }) => `${id}` },
  { title: 'USERNAME', most: 30, text: ({ username }) => username },
  { title: 'CREATED', most: 19, text: ({ created }) => localTime(created) },
  { title: 'MODERATOR', most: 9, text: ({ moderator }) => (moderator ? 'yes' : '') },
  { title: 'BIO', most: 1000, text: ({ bio }) => bio ?? '' },
];

async function passwd(name: string | undefined, options: NewPasswordOptions): Promise<void> {
  const out = new Output(options);
  await atBoard(options, async (place) => {
    const { id, username } = await whom(place, name);
    const { users } = place.client;
    const currentPassword = place.isOperator ? null : await place.password();
    const password = await newPasswordOf(options, username);
    const user = await (currentPassword === null
      ? users.administer(id, { password })
      : users.update({ password, currentPassword }));
    await out.print(user, () => `${username} has a new password.`);
  });
}

async function ban(name: string, banned: boolean, options: Options): Promise<void> {
  const out = new Output(options);
  await atBoard(options, async ({ client }) => {
    const user = await client.users.administer(name, { banned });
    await out.print(user, () => `${user.username} is ${banned ? 'banned' : 'no longer banned'}.`);
  });
}

async function remove(name: string | undefined, options: Options & { readonly yes?: boolean }): Promise<void> {
  const out = new Output(options);
  await atBoard(options, async (place) => {
    const user = await whom(place, name);
    await confirm(`Delete ${user.username} and all of their messages, for good?`, options);
    if (place.isOperator) await removeAs(place, user.username);
    else await place.client.users.delete();
    await out.print(user, () => `${user.username} is deleted, and so are all of their messages.`);
  });
}

/** The operator deletes somebody by being them, which nobody can whom a ban keeps out. */
async function removeAs(place: Place, username: string): Promise<void> {
  try {
    const self = await place.as(username);
    await self.users.delete();
  } catch (error) {
    if (!(error instanceof BoardError) || !/^(?:unauthorized|forbidden)$/.test(error.code)) throw error;
    throw new BoardError(
      'forbidden',
      `${username} is banned, and has to be let in again to be deleted: run msgboard user unban ${username} first.`,
      { cause: error },
    );
  }
}

/** Whose account is meant: anybody's by the operator, else one's own. */
async function whom({ client, isOperator }: Place, name: string | undefined): Promise<User> {
  if (isOperator) {
    if (name === undefined) throw new Misuse('say whose account is meant.');
    return client.users.get(name);
  }
  const self = await client.users.me();
  if (name === undefined || (await client.users.get(name)).id === self.id) return self;
  throw new Misuse(`${self.username} can do this to no account but their own; the operator can.`);
}

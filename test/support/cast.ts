import { basic, bearer, type Person } from './api.ts';
import type { TestServer } from './server.ts';

/**
 * Everybody who can stand in some relation to a message: its author wrote it to the recipient, a moderator, and somebody who
 * is banned. `sightless` is a moderator whom it was not written to.
 */
export const ROLES = [
  'nobody',
  'other',
  'author',
  'recipient',
  'moderator',
  'sightless',
  'banned',
  'operator',
] as const;
export type Role = (typeof ROLES)[number];

type Headers = Readonly<Record<string, string>>;

/** Who each is, and what they send with a request. */
export interface Cast {
  readonly names: Readonly<Record<Role, string>>;
  readonly headers: Readonly<Record<Role, Headers>>;
}

export const operatorToken = 'operator-secret-9f2c61';

/** People who log in by their passwords. */
export async function castByPassword(server: TestServer): Promise<Cast> {
  const names = namesOf('');
  const people: readonly (readonly [Role, Person])[] = await Promise.all(
    WITH_ACCOUNT.map(async (role) => [role, await server.api.signUp(names[role])] as const),
  );
  await appoint(server, names);
  return castOf(
    names,
    people.map(([role, person]) => [role, { authorization: basic(person) }]),
  );
}

/**
 * The like, by sessions that the operator opened: no password is hashed.
 *
 * @param number - tells their names from those of other casts.
 */
export async function castBySession(server: TestServer, number: number): Promise<Cast> {
  const names = namesOf(`${number}`);
  const { users, sessions } = server.board.asOperator();
  const tokens = await Promise.all(
    WITH_ACCOUNT.map(async (role) => {
      await users.create({ username: names[role] });
      return [role, bearer((await sessions.open({ username: names[role] })).token)] as const;
    }),
  );
  await appoint(server, names);
  return castOf(names, tokens);
}

const WITH_ACCOUNT = ROLES.filter((role) => role !== 'nobody' && role !== 'operator');

function namesOf(suffix: string): Record<Role, string> {
  return Object.fromEntries(ROLES.map((role) => [role, `${role}${suffix}`])) as Record<Role, string>;
}

async function appoint({ board }: TestServer, names: Cast['names']): Promise<void> {
  const { users } = board.asOperator();
  await users.administer(names.moderator, { moderator: true });
  await users.administer(names.sightless, { moderator: true });
  await users.administer(names.banned, { banned: true });
}

function castOf(names: Cast['names'], known: readonly (readonly [Role, Headers])[]): Cast {
  const headers = Object.fromEntries([['nobody', {}], ['operator', bearer(operatorToken)], ...known]);
  return { names, headers: headers as Record<Role, Headers> };
}

import { BoardError } from '../model/errors.ts';
import type { UserRow } from '../store/schema.ts';
import type { Parts } from './parts.ts';

/** Whoever has this name and password. @throws BoardError `unauthorized`, the same for every reason. */
export async function verify(
  { people, passwords }: Pick<Parts, 'people' | 'passwords'>,
  username: string,
  password: string,
): Promise<UserRow> {
  const row = await people.byName(username);
  const isRight = await passwords.check(username, password, row?.password_hash ?? null);
  if (row && isRight) return row;
  throw new BoardError('unauthorized', 'There is no user with this name and password.');
}

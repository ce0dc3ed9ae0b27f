import { BoardError } from '../model/errors.ts';
import type { UserRow } from '../store/schema.ts';
import { rehash } from './account-writes.ts';
import type { Parts } from './parts.ts';

/**
 * Whoever has this name and password.
 *
 * @param beforeHashing - called for a pair that is not remembered to be right.
 * @throws BoardError `unauthorized`, the same for every reason, and after the same time.
 */
export async function verify(
  parts: Parts,
  username: string,
  password: string,
  beforeHashing?: () => void,
): Promise<UserRow> {
  const { people, passwords, store } = parts;
  const row = await people.byName(username);
  const stored = row?.password_hash ?? null;
  const isRight = await passwords.check(username, password, stored, beforeHashing);
  if (!row || stored === null || !isRight) throw noSuchPair();
  // Only now the password is here, so only now it can be stored at a higher cost.
  return passwords.isWeak(stored) ? store.write(rehash(row, await passwords.hash(password))) : row;
}

export function noSuchPair(): BoardError {
  return new BoardError('unauthorized', 'There is no user with this name and password.');
}

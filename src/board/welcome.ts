import { BoardError } from '../model/errors.ts';
import { Guest } from '../model/user.ts';
import { usernameKey } from '../model/username.ts';
import type { UserRow } from '../store/schema.ts';
import type { Parts } from './parts.ts';
import { signUp } from './posting.ts';
import { dataText, validate } from './validate.ts';

/** The account of somebody whom the host knows, made on first sight. Nobody can log in to it by a password. */
export async function welcome({ people, store }: Pick<Parts, 'people' | 'store'>, guest: Guest): Promise<UserRow> {
  const known = typeof guest?.username === 'string' ? await people.byName(guest.username) : undefined;
  if (known) return known;

  validate(Guest, guest);
  const { username } = guest;
  const fields = {
    username: username.normalize('NFC'),
    username_key: usernameKey(username),
    password_hash: null,
    bio: guest.bio ?? null,
    data: dataText(guest.data),
  };
  try {
    return await store.write(signUp(fields));
  } catch (error) {
    if (!(error instanceof BoardError) || error.code !== 'taken') throw error;
  }
  // By somebody who was a moment faster; else by an account that is no more.
  const other = await people.byName(username);
  if (other) return other;
  throw new BoardError('unauthorized', 'This account was deleted.');
}

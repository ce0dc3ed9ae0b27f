import { type UsersPage, UsersQuery } from '../model/client.ts';
import { usersAfter, usersLimit } from '../model/paging.ts';
import { usernamePrefixKey } from '../model/username.ts';
import type { UserRow } from '../store/schema.ts';
import { compareText, isWithin, textRange } from '../store/text-range.ts';
import type { Parts } from './parts.ts';
import { living } from './people.ts';
import { userOf } from './present.ts';
import { validate } from './validate.ts';

/** Those who are there, by the keys of their names. */
export async function listUsers({ store, people }: Parts, query: UsersQuery): Promise<UsersPage> {
  validate(UsersQuery, query);
  const { user } = query;
  const prefix = query.prefix === undefined ? null : usernamePrefixKey(query.prefix);
  const after = query.after === undefined ? null : usernamePrefixKey(query.after);
  const limit = usersLimit(query);

  const rows =
    user === undefined
      ? await store.users.list({ prefix, after, limit })
      : among(await people.recall(user), prefix, after).slice(0, limit);
  const users = rows.map(userOf);
  return { users, next: usersAfter(query, users) };
}

/** The same of rows at hand. */
function among(found: readonly (UserRow | undefined)[], prefix: string | null, after: string | null): UserRow[] {
  const range = textRange(prefix, after, null);
  const rows = new Set(found.flatMap((row) => living(row) ?? []));
  return [...rows]
    .filter((row) => isWithin(range, row.username_key))
    .sort((left, right) => compareText(left.username_key, right.username_key));
}

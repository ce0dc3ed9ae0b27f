import type { Db, UserRow } from './schema.ts';
import { findMany, statement } from './statement.ts';

export interface UserReads {
  byIds(ids: Iterable<number>): Promise<UserRow[]>;
  byKeys(usernameKeys: Iterable<string>): Promise<UserRow[]>;
  /** The accounts that changed after `seq`. */
  changedSince(seq: number): Promise<UserRow[]>;
}

export function userReads(on: Db): (db: Db) => UserReads {
  const byIds = findMany((ids: number[]) => on.selectFrom('users').selectAll().where('id', 'in', ids));
  const byKeys = findMany((keys: string[]) => on.selectFrom('users').selectAll().where('username_key', 'in', keys));
  const changedSince = statement(({ seq }: { seq: number }) =>
    on.selectFrom('users').selectAll().where('seq', '>', seq),
  );

  return (db) => ({
    byIds: (ids) => byIds(db, ids),
    byKeys: (keys) => byKeys(db, keys),
    changedSince: (seq) => changedSince(db, { seq }),
  });
}

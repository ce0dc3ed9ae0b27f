import { sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import type { Db, UserRow } from './schema.ts';
import { findMany, statement, statements } from './statement.ts';
import { textRange } from './text-range.ts';

/** A run of accounts by the keys of their names. */
export interface UserSpan {
  readonly prefix: string | null;
  /** Exclusive. */
  readonly after: string | null;
  readonly limit: number;
}

export interface UserReads {
  byIds(ids: Iterable<number>): Promise<UserRow[]>;
  byKeys(usernameKeys: Iterable<string>): Promise<UserRow[]>;
  /** Accounts that were not deleted, in order. */
  list(span: UserSpan): Promise<UserRow[]>;
  /** The accounts that changed after `seq`. */
  changedSince(seq: number): Promise<UserRow[]>;
  /** The ids of deleted accounts that have messages left. */
  leaving(): Promise<number[]>;
}

interface ListArgs {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
}

export function userReads(on: Db, { slice }: Language): (db: Db) => UserReads {
  const byIds = findMany((ids: number[]) => on.selectFrom('users').selectAll().where('id', 'in', ids));
  const byKeys = findMany((keys: string[]) => on.selectFrom('users').selectAll().where('username_key', 'in', keys));
  const list = statements((shape: 'from' | 'after' | 'from to' | 'after to', args: ListArgs) => {
    const run = on
      .selectFrom('users')
      .selectAll()
      .where('deleted', '=', 0)
      .where('username_key', shape.startsWith('after') ? '>' : '>=', args.from)
      .orderBy('username_key')
      .modifyEnd(slice(args.limit));
    return shape.endsWith('to') ? run.where('username_key', '<', args.to) : run;
  });
  const changedSince = statement(({ seq }: { seq: number }) =>
    on.selectFrom('users').selectAll().where('seq', '>', seq),
  );
  const leaving = statement(() => on.selectFrom('users').select('id').where('deleted', '=', sql.lit(1)));

  return (db) => ({
    byIds: (ids) => byIds(db, ids),
    byKeys: (keys) => byKeys(db, keys),
    list: ({ prefix, after, limit }) => {
      const { from, isAfter, to } = textRange(prefix, after, null);
      const shape = `${isAfter ? 'after' : 'from'}${to === null ? '' : ' to'}` as const;
      return list(shape)(db, { from: from ?? '', to: to ?? '', limit });
    },
    changedSince: (seq) => changedSince(db, { seq }),
    leaving: async () => (await leaving(db, {})).map(({ id }) => id),
  });
}

import type { Language } from './dialects/languages/language.ts';
import type { Db, Row } from './schema.ts';
import { findMany, insertMany, removeMany, statement } from './statement.ts';
import type { Transaction } from './transaction.ts';

export type SessionRow = Row<'sessions'>;

export interface SessionReads {
  /** The session, expired or not, with its user's `seq` of the same moment. */
  byHash(hash: string): Promise<(SessionRow & { readonly user_seq: number }) | undefined>;
  /** The hashes of some that have expired by `now`, at most `limit`. */
  expired(now: number, limit: number): Promise<string[]>;
}

/** What a batch knows of sessions: all those of the people that its writes named. */
export class SessionBatch {
  readonly #rows = new Map<string, SessionRow>();
  readonly #added = new Map<string, SessionRow>();
  readonly #removed = new Set<string>();

  know(rows: readonly SessionRow[]): void {
    for (const row of rows) this.#rows.set(row.token_hash, row);
  }

  of(userId: number): SessionRow[] {
    return [...this.#rows.values()].filter((row) => row.user_id === userId);
  }

  add(row: SessionRow): void {
    this.#rows.set(row.token_hash, row);
    this.#added.set(row.token_hash, row);
  }

  remove(hash: string): void {
    this.#rows.delete(hash);
    if (!this.#added.delete(hash)) this.#removed.add(hash);
  }

  get isUnchanged(): boolean {
    return this.#added.size === 0 && this.#removed.size === 0;
  }

  get work(): { readonly added: readonly SessionRow[]; readonly removed: Iterable<string> } {
    return { added: [...this.#added.values()], removed: this.#removed };
  }
}

export function sessionReads(on: Db, { slice }: Language): (db: Db) => SessionReads {
  const byHash = statement(({ hash }: { hash: string }) =>
    on
      .selectFrom('sessions as s')
      .innerJoin('users as u', 'u.id', 's.user_id')
      .selectAll('s')
      .select('u.seq as user_seq')
      .where('s.token_hash', '=', hash),
  );
  const expired = statement(({ now, limit }: { now: number; limit: number }) =>
    on
      .selectFrom('sessions')
      .select('token_hash')
      .where('expires', '<=', now)
      .orderBy('expires')
      .modifyEnd(slice(limit)),
  );

  return (db) => ({
    byHash: async (hash) => (await byHash(db, { hash }))[0],
    expired: async (now, limit) => (await expired(db, { now, limit })).map((row) => row.token_hash),
  });
}

/** What a batch reads and writes of sessions. */
export function sessionSql(on: Db, language: Language) {
  const ofUsers = findMany((ids: number[]) => on.selectFrom('sessions').selectAll().where('user_id', 'in', ids));
  const insert = insertMany(on, language, 'sessions', [
    'token_hash',
    'user_id',
    'expires',
    'scope',
    'parent',
    'filter',
  ]);
  const remove = removeMany((hashes: string[]) => on.deleteFrom('sessions').where('token_hash', 'in', hashes));

  return {
    ofUsers,
    flush(transaction: Transaction, { work }: SessionBatch): void {
      remove(transaction, work.removed);
      insert(transaction, work.added);
    },
  };
}

import { BoardError } from '../model/errors.ts';
import type { Batch, UserFields } from '../store/batch.ts';
import type { UserRow } from '../store/schema.ts';
import type { SessionRow } from '../store/sessions.ts';
import type { Write } from '../store/write.ts';
import { ended, isIn, letIn } from './let-in.ts';
import { dropSessions } from './session-writes.ts';

/**
 * Changes an account as its owner wants it.
 *
 * @param self - what they were let in by.
 * @param session - the one that asks, if any: a new password ends all the others.
 */
export function change(self: UserRow, fields: Partial<UserFields>, session: SessionRow | null): Write<UserRow> {
  return {
    rows: 1,
    needs: { users: [self.id], sessionsOf: [self.id] },
    decide(batch) {
      const row = letIn(batch, self.id);
      const isStale = fields.password_hash !== undefined && row.password_hash !== self.password_hash;
      if (isStale) throw ended();
      if (fields.password_hash !== undefined) dropSessions(batch, self.id, session?.token_hash ?? null);
      return changed(batch, row, fields);
    },
  };
}

/**
 * Changes the account of somebody else.
 *
 * @param by - a moderator; `null`: the operator, who may do anything.
 */
export function administer(id: number, by: UserRow | null, fields: Partial<UserFields>): Write<UserRow> {
  return {
    rows: 1,
    needs: { users: by ? [id, by.id] : [id], sessionsOf: [id] },
    decide(batch) {
      const row = batch.users.get(id);
      const now = by && letIn(batch, by.id);
      if (row?.deleted !== 0) throw new BoardError('not-found', `There is no user ${id}.`);
      checkAdministration(row, now, fields);
      if (fields.banned === 1 || fields.password_hash !== undefined) dropSessions(batch, id, null);
      return changed(batch, row, fields);
    },
  };
}

/** @throws BoardError `forbidden` if `by` (`null`: the operator) may not change these fields of an account. */
export function checkAdministration(row: UserRow, by: UserRow | null, fields: object): void {
  if (by === null) return;
  if (by.moderator !== 1)
    throw new BoardError('forbidden', 'Only moderators and the operator may change other accounts.');
  const beyond = Object.keys(fields).find((field) => field !== 'banned');
  if (beyond !== undefined) throw new BoardError('forbidden', 'Moderators may change nothing but banned.');
  if (row.moderator === 1) throw new BoardError('forbidden', 'Moderators may not ban each other; the operator may.');
}

/**
 * Deletes an account: its credentials end and nothing about the person is left but the name, which stays taken. Its
 * messages go one part after the other: {@link Departures}.
 */
export function leave(self: UserRow): Write<void> {
  return {
    rows: 1,
    needs: { users: [self.id], sessionsOf: [self.id] },
    decide(batch) {
      const { id } = letIn(batch, self.id);
      dropSessions(batch, id, null);
      batch.changeUser(id, { deleted: 1, password_hash: null, bio: null, data: null, moderator: 0 });
    },
  };
}

/** Stores another hash of the same password, made at a higher cost. */
export function rehash(self: UserRow, password_hash: string): Write<UserRow> {
  return {
    rows: 1,
    needs: { users: [self.id] },
    decide(batch) {
      const row = letIn(batch, self.id);
      // Somebody else may have been faster, or the password is another one by now.
      return row.password_hash === self.password_hash ? batch.changeUser(self.id, { password_hash }) : row;
    },
  };
}

/** Notes that no messages of a deleted account are left. */
export function noteGone(id: number): Write<void> {
  return {
    rows: 1,
    needs: { users: [id] },
    decide(batch) {
      if (batch.users.get(id)?.deleted === 1) batch.changeUser(id, { deleted: 2 });
    },
  };
}

/** @throws BoardError `unauthorized` if an author, of whom the write needs that, was banned or deleted meanwhile. */
export function checkAuthor(batch: Batch, id: number): void {
  const row = batch.users.get(id);
  if (batch.outcasts.has(id) || (row && !isIn(row))) throw ended();
}

/** Whether `by` (`null`: the operator), whose row the write needs, may moderate. */
export function isModerator(batch: Batch, by: UserRow | null): boolean {
  return by === null || letIn(batch, by.id).moderator === 1;
}

/** What changes nothing takes no tick. */
function changed(batch: Batch, row: UserRow, fields: Partial<UserFields>): UserRow {
  const isNew = Object.entries(fields).some(([field, value]) => row[field as keyof UserFields] !== value);
  return isNew ? batch.changeUser(row.id, fields) : row;
}

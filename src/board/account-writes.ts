import { BoardError } from '../model/errors.ts';
import type { Batch, UserFields } from '../store/batch.ts';
import type { UserRow } from '../store/schema.ts';
import type { Write } from '../store/writer.ts';

/** Changes an account as its owner wants it; `self` is what they were let in by. */
export function change(self: UserRow, fields: Partial<UserFields>): Write<UserRow> {
  return {
    rows: 1,
    needs: { users: [self.id] },
    decide(batch) {
      const row = batch.users.get(self.id);
      const hasNewPassword = fields.password_hash !== undefined && row?.password_hash !== self.password_hash;
      if (!row || !isLetIn(row) || hasNewPassword) {
        throw new BoardError('unauthorized', 'These credentials have just ended. Log in again.');
      }
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
    needs: { users: by ? [id, by.id] : [id] },
    decide(batch) {
      const row = batch.users.get(id);
      const isModerator = by === null || isModeratorNow(batch, by.id);
      if (!isModerator)
        throw new BoardError('forbidden', 'Only moderators and the operator may change other accounts.');
      if (row?.deleted !== 0) throw new BoardError('not-found', `There is no user ${id}.`);
      if (by !== null) checkModeration(row, fields);
      return changed(batch, row, fields);
    },
  };
}

function checkModeration(row: UserRow, fields: Partial<UserFields>): void {
  const beyond = Object.keys(fields).find((field) => field !== 'banned');
  if (beyond !== undefined) throw new BoardError('forbidden', 'Moderators may change nothing but banned.');
  if (row.moderator === 1) throw new BoardError('forbidden', 'Moderators may not ban each other; the operator may.');
}

function isModeratorNow(batch: Batch, id: number): boolean {
  const row = batch.users.get(id);
  return row !== undefined && isLetIn(row) && row.moderator === 1;
}

function isLetIn(row: UserRow): boolean {
  return row.deleted === 0 && row.banned === 0;
}

/** What changes nothing takes no tick. */
function changed(batch: Batch, row: UserRow, fields: Partial<UserFields>): UserRow {
  const isNew = Object.entries(fields).some(([field, value]) => row[field as keyof UserFields] !== value);
  return isNew ? batch.changeUser(row.id, fields) : row;
}

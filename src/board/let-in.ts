import { BoardError } from '../model/errors.ts';
import type { Batch } from '../store/batch.ts';
import type { UserRow } from '../store/schema.ts';

/** Somebody who was let in before, as they are under the lock. @throws BoardError `unauthorized` if they no longer would be. */
export function letIn(batch: Batch, id: number): UserRow {
  const row = batch.users.get(id);
  if (row && isIn(row)) return row;
  throw ended();
}

export function isIn(row: UserRow): boolean {
  return row.deleted === 0 && row.banned === 0;
}

export function ended(): BoardError {
  return new BoardError('unauthorized', 'These credentials have just ended. Log in again.');
}

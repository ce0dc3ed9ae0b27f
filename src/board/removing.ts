import { BoardError } from '../model/errors.ts';
import { isPublic, peopleOf, topicsOf } from '../store/columns.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { Write } from '../store/write.ts';
import { isModerator } from './account-writes.ts';
import { checkMatch, type IfMatch, visibleMessage } from './posting.ts';

/** At most this many messages are deleted in one transaction, and lines of lists with them: others wait some 20 ms. */
const MOST_ROWS = 500;
const MOST_LINES = 6000;

/**
 * Deletes a message: a tombstone without text and data is left.
 *
 * @param by - its author, or of a public one a moderator; `null`: the operator.
 */
export function remove(id: number, by: UserRow | null, ifMatch: IfMatch): Write<void> {
  return {
    rows: 1,
    needs: { messages: [id], users: by ? [by.id] : [] },
    decide(batch) {
      const mayModerate = isModerator(batch, by);
      const row = visibleMessage(batch, id, by);
      if (row.user_id !== by?.id && !isPublic(row))
        throw new BoardError('forbidden', 'Only its author may delete a private message.');
      if (row.user_id !== by?.id && !mayModerate)
        throw new BoardError('forbidden', 'Only its author or a moderator may delete this message.');
      checkMatch(row, ifMatch);
      batch.remove(row);
    },
  };
}

/** Deletes those of some messages that are still there, and tells how many. */
export function removeAll(ids: readonly number[]): Write<number> {
  return {
    rows: ids.length,
    needs: { messages: ids },
    decide(batch) {
      const rows = batch.rows(ids).filter((row) => row.deleted === 0);
      for (const row of rows) batch.remove(row);
      return rows.length;
    },
  };
}

/**
 * The same, of public messages that somebody wants gone.
 *
 * @param by - a moderator, or the author of all of them; `null`: the operator.
 */
export function removeAllAs(by: UserRow | null, ids: readonly number[]): Write<number> {
  const { rows, needs, decide } = removeAll(ids);
  return {
    rows,
    needs: { ...needs, users: by ? [by.id] : [] },
    decide(batch) {
      const isOwn = batch.rows(ids).every((row) => row.user_id === by?.id);
      if (isModerator(batch, by) || isOwn) return decide(batch);
      throw new BoardError('forbidden', 'Only moderators may delete the messages of others.');
    },
  };
}

/** Messages to delete, cut into parts that a transaction each can take. */
export function* inParts(rows: readonly MessageRow[]): Iterable<readonly number[]> {
  let part: number[] = [];
  let lines = 0;
  for (const row of rows) {
    const more = (1 + topicsOf(row).length) * Math.max(1, peopleOf(row).length);
    if (part.length === MOST_ROWS || (part.length > 0 && lines + more > MOST_LINES)) {
      yield part;
      part = [];
      lines = 0;
    }
    part.push(row.id);
    lines += more;
  }
  if (part.length > 0) yield part;
}

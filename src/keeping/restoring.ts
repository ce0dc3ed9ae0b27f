import { newEpoch } from '../board/history.ts';
import { conversationOf } from '../board/posting.ts';
import { BoardError, badInput } from '../model/errors.ts';
import type { Batch } from '../store/batch.ts';
import type { UnplacedMessage } from '../store/batch-work.ts';
import { FILLING } from '../store/clock.ts';
import { audienceHash, peopleOf, topicsOf } from '../store/columns.ts';
import type { UserRow } from '../store/schema.ts';
import type { Write } from '../store/write.ts';
import type { Header } from './lines.ts';

/** A row to put into a board, and where it comes from. */
export interface Restored<Row> {
  readonly where: string;
  readonly row: Row;
}

/** Has an empty board to oneself, or the one that the same import began to fill. Nobody else may write on it. */
export function beginFilling(source: string): Write<void> {
  const epoch = FILLING + source;
  return {
    rows: 1,
    needs: {},
    fills: true,
    decide(batch) {
      if (batch.clock.epoch === epoch) return;
      if (batch.isBeingFilled)
        throw new BoardError(
          'taken',
          'Another import into this database is not done, or this one, before rows were added or removed. Go on with what it was, or begin with an empty database.',
        );
      if (batch.clock.seq > 0 || batch.clock.last_user_id > 0)
        throw new BoardError('taken', 'There is a board in this database already. Import into an empty one.');
      batch.clock.epoch = epoch;
    },
  };
}

/** It is a whole board, with a history of its own: whoever followed another one starts over. */
export function endFilling({ seq, horizon, lastUserId }: Header): Write<void> {
  return {
    rows: 1,
    needs: {},
    fills: true,
    decide(batch) {
      Object.assign(batch.clock, { seq, horizon, last_user_id: lastUserId, epoch: newEpoch() });
    },
  };
}

export function restoreUsers(users: readonly Restored<UserRow>[]): Write<void> {
  return {
    rows: users.length,
    needs: { users: users.map(({ row }) => row.id), usernameKeys: users.map(({ row }) => row.username_key) },
    fills: true,
    decide: (batch) =>
      each(users, (row) => {
        if (batch.users.has(row.id)) throw alreadyThere();
        if (batch.isTaken(row.username_key)) throw badInput('username', `${row.username} is somebody else's`);
        batch.restoreUser(row);
      }),
  };
}

export function restoreMessages(messages: readonly Restored<UnplacedMessage>[], bytes: number): Write<void> {
  const rows = messages.map(({ row }) => row);
  const threads = rows.flatMap((row) => (row.thread === row.id ? [] : row.thread));
  const apart = rows.filter(({ people }) => people !== null);
  return {
    rows: rows.length,
    bytes,
    needs: {
      messages: [...rows.slice(0, 1).map(({ id }) => id), ...rows.flatMap((row) => row.reply_to || []), ...threads],
      threads,
      users: rows.flatMap((row) => [row.user_id, ...peopleOf(row)]),
      audiences: apart.map((row) => audienceHash(peopleOf(row))),
      conversations: apart.filter(beginsOrJoins).map(hashOf),
    },
    fills: true,
    decide: (batch) => each(messages, (row) => restoreMessage(batch, row)),
  };
}

function restoreMessage(batch: Batch, row: UnplacedMessage): void {
  const people = peopleOf(row);
  if (batch.messages.has(row.id)) throw alreadyThere();
  const stranger = [row.user_id, ...people].find((id) => !batch.users.has(id));
  if (stranger !== undefined) throw badInput('userId', `there is no user ${stranger}`);

  const audience = people.length === 0 ? 0 : batch.audience(audienceHash(people), people, row.id);
  // Its first message, and the one that is answered, may be deleted and forgotten.
  if ((batch.threads.get(row.thread)?.audience ?? audience) !== audience)
    throw badInput('people', 'are others than those of the thread');
  if ((batch.messages.get(row.thread)?.thread ?? row.thread) !== row.thread)
    throw badInput('thread', 'is none: its first message is in another');
  if ((batch.messages.get(row.reply_to)?.thread ?? row.thread) !== row.thread)
    throw badInput('replyTo', 'is in another thread');

  if (audience !== 0 && beginsOrJoins(row) && batch.conversation(hashOf(row)) === undefined)
    batch.addConversation(hashOf(row), row.thread);
  batch.restore({ ...row, audience });
}

/** A private message that answers none is where those of its people and topics belong. */
function beginsOrJoins(row: UnplacedMessage): boolean {
  return row.reply_to === 0;
}

function hashOf(row: UnplacedMessage): string {
  return conversationOf(peopleOf(row), topicsOf(row));
}

/** Says where it stands that is refused. */
function each<Row>(items: readonly Restored<Row>[], restore: (row: Row) => void): void {
  for (const { where, row } of items) at(where, () => restore(row));
}

/** Runs `work`; a refusal says where. */
export function at<Result>(where: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BoardError)) throw error;
    throw new BoardError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}

function alreadyThere(): BoardError {
  return new BoardError('taken', 'is there already: does another import run at the same time?');
}

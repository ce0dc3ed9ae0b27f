import { type RawBuilder, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import type { Language } from './dialects/languages/language.ts';
import type { Db, Row } from './schema.ts';
import { command, statement } from './statement.ts';
import type { Runner, Transaction } from './transaction.ts';

type ClockRow = Row<'clock'>;

/** The clock, for the writer and for whoever looks where it stands. */
export interface ClockSql {
  read(db: Runner): Promise<Clock>;
  /** Reads it, and holds it until the end of the transaction: whoever writes does this first. */
  take(transaction: Transaction): Promise<ClockRow>;
  set(transaction: Transaction, row: ClockRow): void;
}

/** The board's head, as a column of a query from the clock. */
export function headOf({ heads }: Language): RawBuilder<number> {
  return heads?.seq ?? sql`clock.seq`;
}

/** What the epoch begins with while a board is imported, before it has a history. */
export const FILLING = 'import_';

/** Whether a board is being imported: until that is done, there is none. */
export function isBeingFilled(epoch: string): boolean {
  return epoch.startsWith(FILLING);
}

export function clockSql(on: Db, language: Language): ClockSql {
  const { heads, takeClock } = language;
  const read = statement(() => on.selectFrom('clock').select([headOf(language).as('seq'), 'epoch', 'horizon']));
  const take = statement(() => takeClock(on));
  const headsBehind =
    heads && statement(() => on.selectFrom('clock').select([heads.seq.as('seq'), heads.lastUserId.as('last_user_id')]));
  const set = command((row: ClockRow) =>
    on
      .updateTable('clock')
      .set({ seq: row.seq, epoch: row.epoch, horizon: row.horizon, last_user_id: row.last_user_id })
      .where('one', '=', 1),
  );

  return {
    async read(db) {
      return only(await read(db, {}));
    },
    async take(transaction) {
      // A statement of its own, behind the lock: it sees what the last holder has committed.
      const [rows, behind] = await Promise.all([take(transaction, {}), headsBehind?.(transaction, {})]);
      return { ...only(rows), ...(behind && only(behind)) };
    },
    set,
  };
}

/** The one row of a query that has one. */
export function only<Found>([row]: readonly Found[]): Found {
  if (!row) throw new Error('there is no row');
  return row;
}

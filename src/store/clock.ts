import type { Language } from './dialects/languages/language.ts';
import type { Db, Row } from './schema.ts';
import { command, statement } from './statement.ts';
import type { Runner, Transaction } from './transaction.ts';

type ClockRow = Row<'clock'>;

/** The clock's row, as the writer has it. */
export interface ClockSql {
  /** Reads it, and holds it until the end of the transaction: whoever writes does this first. */
  take(db: Runner): Promise<ClockRow>;
  set(transaction: Transaction, row: ClockRow): void;
}

export function clockSql(on: Db, { takeClock }: Language): ClockSql {
  const take = statement(() => takeClock(on));
  const set = command((row: ClockRow) =>
    on
      .updateTable('clock')
      .set({ seq: row.seq, epoch: row.epoch, last_user_id: row.last_user_id })
      .where('one', '=', 1),
  );

  return {
    async take(db) {
      const [row] = await take(db, {});
      if (!row) throw new Error('the clock has no row');
      return row;
    },
    set,
  };
}

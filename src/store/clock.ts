import { type RawBuilder, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import type { Language } from './dialects/languages/language.ts';
import { isOutage } from './outage.ts';
import type { Db, Row } from './schema.ts';
import { command, statement } from './statement.ts';
import type { Runner, Transaction } from './transaction.ts';

type ClockRow = Row<'clock'>;

/** The clock as a batch has left it, with the number of that in the log of commits. */
type Left = ClockRow & { readonly number: number };
/** And as it is to be. */
type Step = Left & { readonly [Column in Exclude<keyof ClockRow, 'one'> as `to_${Column}`]: ClockRow[Column] };

/** The clock, for the writer and for whoever looks where it stands. */
export interface ClockSql {
  read(db: Runner): Promise<Clock>;
  /** Reads it, and holds it until the end of the transaction: whoever writes does this first. */
  take(transaction: Transaction): Promise<ClockRow>;
  /**
   * Holds it in the same way where it should be known: the transaction fails if it is another one, or if the database has lost
   * the batch that left it so.
   *
   * @param number - of that batch, as the log of commits has it.
   */
  expect(transaction: Transaction, row: ClockRow, number: number): void;
  /** The same, and sets it, by one statement. `null`: its row is not all that tells where the board stands. */
  readonly advance: ((transaction: Transaction, from: ClockRow, number: number, to: ClockRow) => void) | null;
  /** Whether a transaction does fail then. */
  canExpect(db: Runner): Promise<boolean>;
  set(transaction: Transaction, row: ClockRow): void;
}

/** The board's head, as a column of a query from the clock. */
export function headOf({ heads }: Language): RawBuilder<number> {
  return heads?.seq ?? sql`clock.seq`;
}

/** In place of when it was noted, in the log of commits: a batch that was given up, so that none behind it may be committed. */
export const GIVEN_UP = 0;

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
  const hold = command(() => takeClock(on));
  const [seq, lastUserId] = [headOf(language), heads?.lastUserId ?? sql`clock.last_user_id`];
  // 1, or an error: e^1000 is more than any number of a database, in whatever mode.
  const oneIf = (condition: RawBuilder<unknown>) => sql<number>`exp(case when ${condition} then 0 else 1000 end)`;
  const isAsLeft = (row: Left) =>
    sql`${seq} = ${row.seq} and ${lastUserId} = ${row.last_user_id} and epoch = ${row.epoch} and horizon = ${row.horizon} and exists (select 1 from commits where id = ${row.number} and noted <> ${sql.lit(GIVEN_UP)})`;
  const askFor = (condition: RawBuilder<unknown>) =>
    on.selectFrom('clock').select(oneIf(condition).as('fails_if_others_have_written'));
  const check = command((row: Left) => askFor(isAsLeft(row)));
  // MySQL sets one column after the other: what the first one asks for is still as it was.
  const advance = command((row: Step) =>
    on
      .updateTable('clock')
      .set({
        seq: sql<number>`${row.to_seq} * ${oneIf(isAsLeft(row))}`,
        epoch: row.to_epoch,
        horizon: row.to_horizon,
        last_user_id: row.to_last_user_id,
      })
      .where('one', '=', 1),
  );
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
    expect(transaction, row, number) {
      hold(transaction, {});
      check(transaction, { ...row, number });
    },
    advance:
      heads === null
        ? (transaction, from, number, to) =>
            advance(transaction, {
              ...from,
              number,
              to_seq: to.seq,
              to_epoch: to.epoch,
              to_horizon: to.horizon,
              to_last_user_id: to.last_user_id,
            })
        : null,
    async canExpect(db) {
      const passes = (condition: RawBuilder<unknown>) =>
        db.executeQuery(askFor(condition).compile()).then(
          () => true,
          (error: unknown) => {
            if (isOutage(error)) throw error;
            return false;
          },
        );
      return (await passes(sql`${seq} >= 0`)) && !(await passes(sql`${seq} < 0`));
    },
    set,
  };
}

/** The one row of a query that has one. */
export function only<Found>([row]: readonly Found[]): Found {
  if (!row) throw new Error('there is no row');
  return row;
}

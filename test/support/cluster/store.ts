import { CompiledQuery, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { Batch } from '../../../src/store/batch.ts';
import type { BatchSql } from '../../../src/store/batch-sql.ts';
import { type ClockSql, clockSql } from '../../../src/store/clock.ts';
import { CommitLog } from '../../../src/store/commit-log.ts';
import { ConnectionLost } from '../../../src/store/dialects/connection-lost.ts';
import { POSTGRES } from '../../../src/store/dialects/languages/postgres.ts';
import { USUAL } from '../../../src/store/dialects/languages/usual.ts';
import { PooledDriver } from '../../../src/store/dialects/pooled-driver.ts';
import type { Needs } from '../../../src/store/needs.ts';
import { withOutages } from '../../../src/store/outage.ts';
import type { Db, MessageRow, Row, Tables, UserRow } from '../../../src/store/schema.ts';
import { type Transact, type Transaction, transactions } from '../../../src/store/transaction.ts';
import type { SimulatedConnection } from './connection.ts';
import type { Mistake } from './mistakes.ts';
import { ServerError } from './session.ts';

/** What a writer works with. */
export interface WritingParts {
  readonly transact: Transact;
  readonly sql: BatchSql;
  readonly log: CommitLog;
}

/** How a database is spoken to. */
interface Ways {
  /** Statements are sent before those ahead of them are answered. */
  readonly pipelines: boolean;
  /** Where all is known, the clock is checked and set by one statement. */
  readonly advances: boolean;
}

/**
 * The way of a writer to the database: pool, transactions, outages, clock and log of commits as they are, and for the rows
 * of a batch the few words that the database understands.
 *
 * @param open - makes a connection.
 */
export function writingParts(
  open: () => Promise<SimulatedConnection>,
  { pipelines, advances }: Ways,
  mistake: Mistake | null,
): WritingParts {
  const dialect = withOutages(
    {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new PooledDriver({ open, most: 2, begin: 'begin' }),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    (error) => error instanceof ConnectionLost || (error instanceof ServerError && error.isOutage),
    () => {},
  );
  const db: Db = new Kysely<Tables>({ dialect });
  const transact = transactions(dialect.driver, pipelines);
  const clock = clockSql(db, { ...POSTGRES, ...USUAL });
  return { transact, sql: batchSql(clock, advances, mistake), log: new CommitLog(db, transact, clock) };
}

function batchSql(clock: ClockSql, advances: boolean, mistake: Mistake | null): BatchSql {
  return {
    async load(transaction, needs, now) {
      const all = <Need>(of: (need: Needs) => readonly Need[] | undefined) => needs.flatMap((need) => of(need) ?? []);
      const [row, messages, users, keys] = await Promise.all([
        clock.take(transaction),
        find<MessageRow>(
          transaction,
          'messages',
          all((need) => need.messages),
        ),
        find<UserRow>(
          transaction,
          'users',
          all((need) => need.users),
        ),
        find<Row<'keys'>>(
          transaction,
          'keys',
          all((need) => need.keys).map(({ userId, hash }) => `${userId} ${hash}`),
        ),
      ]);
      const batch = new Batch(row, now);
      batch.know({ messages, users, keys, threads: [], audiences: [], conversations: [] });
      return batch;
    },

    expect(transaction, batch, number) {
      if (mistake === 'clock unchecked') {
        void clock.take(transaction).catch(() => {});
        return false;
      }
      if (!advances || clock.advance === null) {
        clock.expect(transaction, batch.found, number);
        return false;
      }
      clock.advance(transaction, batch.found, number, batch.clock);
      return true;
    },

    async flush(transaction, batch, isSet) {
      const { newMessages, dirtyMessages, answeredMessages, changedUsers, newKeys } = batch.work;
      change(transaction, 'insert messages', batch.rows(newMessages));
      change(transaction, 'update messages', batch.rows(dirtyMessages.union(answeredMessages).difference(newMessages)));
      change(transaction, 'update users', batch.userRows(changedUsers));
      change(transaction, 'insert keys', newKeys);
      if (!isSet) clock.set(transaction, batch.clock);
    },
  };
}

async function find<Found>(transaction: Transaction, what: string, wanted: readonly unknown[]): Promise<Found[]> {
  if (wanted.length === 0) return [];
  return (await transaction.executeQuery<Found>(CompiledQuery.raw(what, [...new Set(wanted)]))).rows;
}

function change(transaction: Transaction, what: string, rows: readonly unknown[]): void {
  if (rows.length > 0) transaction.send(CompiledQuery.raw(what, [...rows]));
}

import { sql } from 'kysely';
import { BoardError } from '../../../model/errors.ts';
import { ConnectionLost } from '../connection-lost.ts';
import type { Language } from './language.ts';
import { UNCONDITIONAL } from './unconditional.ts';
import { asCase, mergeByFirst, USUAL } from './usual.ts';

/** How long (ms) to wait for another starter's migrations. */
const MIGRATING = 600_000;

/** What the server says of memory, locks, logs, disks, a database that moves or is read-only, and of a killed session. */
const OUTAGES = new Set<unknown>([
  596, 701, 802, 823, 824, 825, 904, 942, 945, 976, 983, 1105, 1204, 1205, 1222, 3906, 3960, 9001, 9002, 10928, 10929,
  40197, 40501, 40613, 49918, 49919, 49920,
]);

/** From here on an error is of the server's resources, and no longer of a statement. */
const SEVERE = 17;

interface Settings {
  readonly is_delayed: number;
  readonly versions_statements: number;
  readonly versions_transactions: number;
}

/** SQL Server, by whatever driver. */
export const MSSQL: Language = {
  ...USUAL,
  types: {
    number: 'bigint',
    // Text of the server's own is compared by collations, all of which pass over spaces at the end. (Bytes of 0 at the end may be passed over too: no text ends so.)
    text: sql`varbinary(max)`,
    exact: (bytes) => sql`varbinary(${sql.lit(bytes)})`,
    // Their conditions compare no two columns.
    partialIndexes: false,
    indexesOfTables: true,
  },
  stored: (text) => Buffer.from(text),
  isolation: { writing: { isolationLevel: 'read committed' }, reading: { isolationLevel: 'snapshot' } },
  takeClock: (on) => on.selectFrom('clock').selectAll().modifyEnd(sql`with (updlock, rowlock, holdlock)`),
  slice: (limit, offset = sql`0`) => sql`offset ${offset} rows fetch next ${limit} rows only`,
  apart: asCase,
  mergeWalks: (walks) => mergeByFirst(walks, sql`cross apply`, MSSQL.slice),

  migrating: [UNCONDITIONAL],

  async check(db) {
    const { rows } = await sql<Settings>`
      select case when delayed_durability = 2 then 1 else 0 end as is_delayed,
        cast(is_read_committed_snapshot_on as int) as versions_statements,
        case when snapshot_isolation_state = 1 then 1 else 0 end as versions_transactions
      from sys.databases where database_id = db_id()`.execute(db);
    const [settings] = rows;
    if (settings?.is_delayed !== 0) {
      throw new BoardError(
        'unavailable',
        'The database has DELAYED_DURABILITY = FORCED, so what is answered may be lost in a crash. Set it: ALTER DATABASE CURRENT SET DELAYED_DURABILITY = DISABLED',
      );
    }
    if (settings.versions_statements === 1 && settings.versions_transactions === 1) return [];
    throw new BoardError(
      'unavailable',
      'The database does not keep row versions, so no page would be of one moment. Set it: ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE, and ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON',
    );
  },

  async migrateAlone(db, migrate) {
    await db.transaction().execute(async (transaction) => {
      // Below 0, it was not to be had.
      const { rows } = await sql<{ taken: number }>`declare @taken int;
        exec @taken = sp_getapplock @Resource = 'msgboard', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ${sql.lit(MIGRATING)};
        select @taken as taken`.execute(transaction);
      if ((rows[0]?.taken ?? -1) < 0) {
        throw new BoardError(
          'unavailable',
          'Another msgboard has been migrating this database for long. Try again later.',
        );
      }
      await sql`if object_id('schema_version') is null create table schema_version (version bigint not null)`.execute(
        transaction,
      );
      const found = await sql<{ version: number }>`select version from schema_version`.execute(transaction);
      const version = await migrate(transaction, found.rows[0]?.version ?? 0);
      await sql`delete from schema_version`.execute(transaction);
      await sql`insert into schema_version (version) values (${version})`.execute(transaction);
    });
  },

  /** The server's number of the error; of a log-in that it refuses, the driver tells none. */
  codeOf(error) {
    if (!(error instanceof Error)) return null;
    if ('number' in error && typeof error.number === 'number') return error.number;
    return 'code' in error && error.code === 'ELOGIN' ? 'ELOGIN' : null;
  },
  isOutage(error) {
    if (error instanceof ConnectionLost) return true;
    const code = MSSQL.codeOf(error);
    return code !== null && (OUTAGES.has(code) || severityOf(error) >= SEVERE);
  },
};

function severityOf(error: unknown): number {
  return error instanceof Error && 'class' in error && typeof error.class === 'number' ? error.class : 0;
}

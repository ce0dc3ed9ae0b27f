import { sql } from 'kysely';
import { BoardError } from '../../../model/errors.ts';
import type { Db } from '../../schema.ts';
import { ConnectionLost } from '../connection-lost.ts';
import type { Language, Migrate } from './language.ts';
import { USUAL } from './usual.ts';

/** How long (s) to wait for another starter's migrations. */
const MIGRATING = 600;
const LOCK = sql`concat('msgboard ', md5(database()))`;

/** https://mariadb.com/kb/en/mariadb-error-codes/: full, too busy, locked, deadlocked, stopping, read-only, killed. */
const OUTAGES = new Set<unknown>([
  1021, 1030, 1040, 1053, 1114, 1129, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1226, 1290, 1317, 1792, 1836,
  1927, 1969, 4031,
]);

/** MySQL and MariaDB, by whatever driver. */
export const MYSQL: Language = {
  ...USUAL,
  types: {
    number: 'bigint',
    // Whatever the database's own defaults are.
    text: sql`mediumtext character set utf8mb4 collate utf8mb4_bin`,
    // Any collation takes some texts for others: utf8mb4_bin, those that differ in spaces at the end.
    exact: (bytes) => sql`varbinary(${sql.lit(bytes)})`,
    partialIndexes: false,
    indexesOfTables: true,
  },
  time: sql`round(unix_timestamp(now(3)) * 1000)`,
  mergeWalks: null,

  async check(db) {
    const { rows } = await sql<{ flush: number; log_bin: number; sync_binlog: number }>`
      select @@innodb_flush_log_at_trx_commit as flush, @@log_bin as log_bin, @@sync_binlog as sync_binlog`.execute(db);
    const [settings] = rows;
    if (settings?.flush !== 1) {
      throw new BoardError(
        'unavailable',
        `The database server has innodb_flush_log_at_trx_commit = ${settings?.flush}, so what is answered may be lost in a crash. Set it to 1.`,
      );
    }
    if (settings.log_bin === 1 && settings.sync_binlog === 1) return [];
    return [
      'This database server shows what is written to others before it is on the disk. That is fine for one msgboard. Before a second one shares the database, set log_bin, and sync_binlog = 1.',
    ];
  },

  migrateAlone: (db, migrate) => db.connection().execute((connection) => migrateUnderLock(connection, migrate)),

  codeOf(error) {
    if (!(error instanceof Error) || !('sqlState' in error) || !('errno' in error)) return null;
    const { errno } = error;
    return typeof errno === 'number' && isServers(errno) ? errno : null;
  },
  isOutage: (error) => error instanceof ConnectionLost || OUTAGES.has(MYSQL.codeOf(error)),
};

/** The network's are below 0, and those of the package `mariadb` in a range of their own. */
function isServers(errno: number): boolean {
  return errno > 0 && (errno <= 45_000 || errno >= 46_000);
}

/** No DDL can be rolled back here, nor would a lock of its transaction outlast it. */
async function migrateUnderLock(connection: Db, migrate: Migrate): Promise<void> {
  const { rows } = await sql<{ is_held: number }>`select get_lock(${LOCK}, ${MIGRATING}) as is_held`.execute(
    connection,
  );
  if (rows[0]?.is_held !== 1) {
    throw new BoardError('unavailable', 'Another msgboard has been migrating this database for long. Try again later.');
  }
  try {
    await sql`create table if not exists schema_version (version bigint not null)`.execute(connection);
    const found = await sql<{ version: number }>`select version from schema_version`.execute(connection);
    const before = found.rows[0]?.version ?? 0;
    const version = await migrate(connection, before);
    if (found.rows.length === 0)
      await sql`insert into schema_version (version) values (${version})`.execute(connection);
    else if (version !== before) await sql`update schema_version set version = ${version}`.execute(connection);
  } finally {
    // It belongs to the connection, and ends with that at the latest.
    await sql`select release_lock(${LOCK})`.execute(connection);
  }
}

import { sql } from 'kysely';
import { BoardError } from '../../../model/errors.ts';
import { ConnectionLost } from '../connection-lost.ts';
import type { Language } from './language.ts';
import { mergeByFirst, USUAL } from './usual.ts';

/** What the server says when it is itself in trouble: by class (but of a transaction that has failed before), and lock_not_available. */
const OUTAGES = /^(?:08|25(?!P02)|40|53|57|58|XX)...$|^55P03$/;

/** PostgreSQL, by whatever driver. */
export const POSTGRES: Language = {
  ...USUAL,
  types: {
    number: 'bigint',
    text: 'text',
    exact: () => sql`text collate "C"`,
    partialIndexes: true,
    indexesOfTables: false,
  },
  // Each UPDATE of a row leaves the old one behind for as long as anybody holds a snapshot from before, and whoever reads the
  // row goes through all of them. So the clock's is only locked. What took a tick has it in an index, at its end.
  heads: {
    seq: sql`greatest(clock.seq, (select max(id) from messages), (select max(seq) from changes), (select max(seq) from users))`,
    lastUserId: sql`greatest(clock.last_user_id, (select max(id) from users))`,
    // CockroachDB, YugabyteDB: where a lock alone may not hold, or READ COMMITTED be another level, two that write one row
    // are in each other's way.
    async areStored(db) {
      const { rows } = await sql<{ version: string }>`select version() as version`.execute(db);
      return !isPostgres(rows[0]?.version);
    },
  },
  time: sql`round(extract(epoch from clock_timestamp()) * 1000)`,
  letRest: sql`set local idle_in_transaction_session_timeout = 0`,
  mergeWalks: (walks) => mergeByFirst(walks, sql`cross join lateral`, USUAL.slice),

  async check(db) {
    const { rows } = await sql<{ name: string; setting: string }>`select name, setting from pg_settings
      where name in ('fsync', 'synchronous_commit', 'server_encoding')`.execute(db);
    const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
    for (const name of ['fsync', 'synchronous_commit']) {
      if (settings.get(name) !== 'off') continue;
      throw new BoardError(
        'unavailable',
        `The PostgreSQL server has ${name} = off, so what is answered may be lost in a crash. Set it to on.`,
      );
    }
    if (settings.get('server_encoding') === 'UTF8') return [];
    throw new BoardError(
      'unavailable',
      `The database stores text as ${settings.get('server_encoding')}, which cannot hold every character. Create it with ENCODING 'UTF8'.`,
    );
  },

  async migrateAlone(db, migrate) {
    await db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(hashtext('msgboard'), hashtext(current_schema()))`.execute(transaction);
      await sql`create table if not exists schema_version (version bigint not null)`.execute(transaction);
      const { rows } = await sql<{ version: number }>`select version from schema_version`.execute(transaction);
      const version = await migrate(transaction, rows[0]?.version ?? 0);
      await sql`delete from schema_version`.execute(transaction);
      await sql`insert into schema_version (version) values (${version})`.execute(transaction);
    });
  },

  /** The five characters of SQLSTATE. */
  codeOf(error) {
    if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return null;
    return typeof error.code === 'string' ? error.code : null;
  },
  isOutage: (error) => error instanceof ConnectionLost || OUTAGES.test(String(POSTGRES.codeOf(error))),
};

/** Whether a server that says this of itself is PostgreSQL, and does not only speak like it. */
export function isPostgres(version: string | undefined): boolean {
  return /^PostgreSQL [\d.]+ /.test(version ?? '');
}

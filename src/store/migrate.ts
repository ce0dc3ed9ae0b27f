import type { Kysely } from 'kysely';
import type { Dialect } from './dialects/dialect.ts';
import { up as board } from './migrations/0001-board.ts';
import type { Tables } from './schema.ts';

/** In order, for ever: a schema of version n has seen the first n. */
const MIGRATIONS = [board];

/**
 * Brings the schema up to date and starts the clock, once, however many processes start at the same time.
 *
 * @param epoch - names the board's history, if it begins now.
 * @throws Error if the schema is newer than this program.
 */
export async function migrate(writing: Kysely<Tables>, dialect: Dialect, epoch: string): Promise<void> {
  await dialect.lockSchema(writing, async (db, version) => {
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The database's schema has version ${version}; this msgboard knows ${MIGRATIONS.length}. Run a newer msgboard, or restore a backup.`,
      );
    }

    for (const up of MIGRATIONS.slice(version)) await up(db, dialect.language.types);
    if (version === 0) await startClock(db, epoch);

    return MIGRATIONS.length;
  });
}

async function startClock(db: Kysely<Tables>, epoch: string): Promise<void> {
  // An earlier start may have been interrupted right here.
  if (await db.selectFrom('clock').select('one').executeTakeFirst()) return;
  await db.insertInto('clock').values({ one: 1, seq: 0, epoch, horizon: 0, last_user_id: 0 }).execute();
}

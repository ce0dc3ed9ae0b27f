import type { Kysely } from 'kysely';
import type { Dialect } from './dialects/dialect.ts';
import { up as board } from './migrations/0001-board.ts';
import { up as batches } from './migrations/0002-batches.ts';
import { up as leanMessages } from './migrations/0003-lean-messages.ts';
import type { Tables } from './schema.ts';

/** In order, for ever: a schema of version n has seen the first n. */
const MIGRATIONS = [
  { name: '0001-board', up: board },
  { name: '0002-batches', up: batches },
  { name: '0003-lean-messages', up: leanMessages },
];

/**
 * Brings the schema up to date and starts the clock, once, however many processes start at the same time.
 *
 * @param epoch - names the board's history, if it begins now; `null`: there is one already.
 * @throws Error if the schema is newer than this program, or there should be a board and is none.
 */
export async function migrate(writing: Kysely<Tables>, dialect: Dialect, epoch: string | null): Promise<void> {
  await dialect.lockSchema(writing, async (db, version) => {
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The database's schema has version ${version}; this msgboard knows ${MIGRATIONS.length}. Run a newer msgboard, or restore a backup.`,
      );
    }

    if (version === 0 && epoch === null) {
      throw new Error(
        `There is no board in ${dialect.description}. Name another database, or start one with msgboard serve.`,
      );
    }

    const { types, migrating } = dialect.language;
    const asked = migrating.reduce((on, plugin) => on.withPlugin(plugin), db);
    for (const { up } of MIGRATIONS.slice(version)) await up(asked, types);
    if (version === 0 && epoch !== null) await startClock(db, epoch);

    return MIGRATIONS.length;
  });
}

/** What is asked before a migration. */
export interface Schema {
  /** The version in the database; 0: there is no board yet. */
  readonly version: number;
  /** The newest that this program knows. */
  readonly known: number;
  /** The migrations that would be run, in order. */
  readonly pending: readonly string[];
}

/** Looks at the schema, and changes nothing. */
export async function schemaOf(writing: Kysely<Tables>, dialect: Dialect): Promise<Schema> {
  let version = 0;
  await dialect.lockSchema(writing, async (_, found) => {
    version = found;
    return found;
  });
  return { version, known: MIGRATIONS.length, pending: MIGRATIONS.slice(version).map(({ name }) => name) };
}

async function startClock(db: Kysely<Tables>, epoch: string): Promise<void> {
  // An earlier start may have been interrupted right here.
  if (await db.selectFrom('clock').select('one').executeTakeFirst()) return;
  await db.insertInto('clock').values({ one: 1, seq: 0, epoch, horizon: 0, last_user_id: 0 }).execute();
}

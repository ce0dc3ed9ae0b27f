import { Kysely, type Dialect as KyselyDialect } from 'kysely';
import type { Tables } from '../schema.ts';
import type { Dialect } from './dialect.ts';
import type { Language } from './languages/language.ts';

/** Pages are read in a millisecond or two, so these serve thousands a second. */
export const READERS = 8;

/** How long (ms) a connection may take to come about, and a statement to be answered. */
export const CONNECTING = 5000;
export const ANSWERING = 15_000;

/** What all servers have in common: they are asked over a network, and their files are not ours. */
export const ON_SERVER = {
  isRemote: true,
  lookEvery: 1000,
  openWatch: null,
  chains: async () => false,
  async commitMark({ clock, told }) {
    const { seq, epoch } = await clock();
    return `${epoch} ${seq} ${told}`;
  },
  erase: null,
} as const satisfies Partial<Dialect>;

/**
 * Migrates over connections for that alone, which wait as long as it takes: a migration may take its time, and so may another
 * starter's, whose work is to be seen then.
 */
export function lockingSchema({ migrateAlone }: Language, unhurried: () => KyselyDialect): Pick<Dialect, 'lockSchema'> {
  return {
    async lockSchema(_, migrate) {
      const db = new Kysely<Tables>({ dialect: unhurried() });
      try {
        await migrateAlone(db, migrate);
      } finally {
        await db.destroy();
      }
    },
  };
}

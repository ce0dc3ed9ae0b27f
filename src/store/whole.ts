import { sql } from 'kysely';
import { headOf, only } from './clock.ts';
import type { Language } from './dialects/languages/language.ts';
import { messagesWithPeople } from './messages.ts';
import type { Db, MessageRow, Row, UserRow } from './schema.ts';
import { compilable, statement, statements } from './statement.ts';

/** All there is, or what is public: accounts and messages that are not deleted, and of these no private ones. */
export type Part = 'all' | 'public';

/** How far a board reaches, and how much of it there is. */
export interface Extent {
  readonly epoch: string;
  readonly seq: number;
  readonly horizon: number;
  readonly lastUserId: number;
  readonly users: number;
  readonly messages: number;
}

/** A board from one end to the other, by ids. */
export interface WholeReads {
  /** The greatest ids that there are; 0: none. */
  reached(): Promise<{ readonly user: number; readonly message: number }>;
  extent(part: Part): Promise<Extent>;
  /** The next accounts, and messages, whose ids are above `after`. */
  users(part: Part, after: number, limit: number): Promise<UserRow[]>;
  messages(part: Part, after: number, limit: number): Promise<MessageRow[]>;
}

interface Page {
  readonly after: number;
  readonly limit: number;
}

export function wholeReads(on: Db, language: Language): (db: Db) => WholeReads {
  const { slice, heads } = language;
  const extent = statements((part: Part) => {
    const users = on.selectFrom('users').select(({ fn }) => fn.countAll<number>().as('n'));
    const messages = on.selectFrom('messages').select(({ fn }) => fn.countAll<number>().as('n'));
    return on
      .selectFrom('clock')
      .select([
        'epoch',
        headOf(language).as('seq'),
        'horizon',
        (heads?.lastUserId ?? sql<number>`clock.last_user_id`).as('last_user_id'),
      ])
      .select([
        (part === 'all' ? users : users.where('deleted', '=', 0)).as('users'),
        (part === 'all' ? messages : messages.where('audience', '=', 0).where('deleted', '=', 0)).as('messages'),
      ])
      .$castTo<Omit<Extent, 'lastUserId'> & Pick<Row<'clock'>, 'last_user_id'>>();
  });
  const reached = statement(() =>
    compilable(
      sql<{ user: number; message: number }>`select coalesce((select max(id) from users), 0) as ${sql.ref('user')},
        coalesce((select max(id) from messages), 0) as message from clock`,
      on,
    ),
  );
  const users = statements((part: Part, { after, limit }: Page) => {
    const page = on.selectFrom('users').selectAll().where('id', '>', after).orderBy('id').modifyEnd(slice(limit));
    return part === 'all' ? page : page.where('deleted', '=', 0);
  });
  const messages = statements((part: Part, { after, limit }: Page) => {
    const page = messagesWithPeople(on).where('m.id', '>', after).orderBy('m.id').modifyEnd(slice(limit));
    return part === 'all' ? page : page.where('m.audience', '=', 0).where('m.deleted', '=', 0);
  });

  return (db) => ({
    reached: async () => only(await reached(db, {})),
    async extent(part) {
      const { last_user_id: lastUserId, ...rest } = only(await extent(part)(db, {}));
      return { ...rest, lastUserId };
    },
    users: (part, after, limit) => users(part)(db, { after, limit }),
    messages: (part, after, limit) => messages(part)(db, { after, limit }),
  });
}

import { Kysely, sql } from 'kysely';
import { BoardError } from '../model/errors.ts';
import type { Dialect } from './dialects/dialect.ts';

/** Where each field may stand, the first that there is. What is `null` may be missing. */
const USERS = { username: ['username'], password: ['password', 'password_hash'], bio: ['bio', null] } as const;
const POSTS = { text: ['text'], userId: ['user_id', 'author_id'] } as const;
const CREATED = ['created', 'created_at', 'timestamp', null] as const;

export interface OriginalUser {
  readonly id: number;
  readonly username: string;
  readonly password: string | null;
  readonly bio: string | null;
  /** As the database writes it; `null` or empty: it does not say. */
  readonly created: string | null;
}

export interface OriginalPost {
  readonly id: number;
  readonly text: string | null;
  readonly userId: number;
  readonly created: string | null;
}

/** The database of the msgboard of 2016, in Python. */
export interface Original {
  /** How many rows each table has, and its greatest id. */
  extent(table: 'users' | 'posts'): Promise<{ readonly n: number; readonly last: number }>;
  users(after: number, limit: number): Promise<OriginalUser[]>;
  posts(after: number, limit: number): Promise<OriginalPost[]>;
  close(): Promise<void>;
}

interface Untyped {
  [table: string]: { [column: string]: unknown };
}

/** @throws BoardError `bad-input` if its tables, or columns that are needed, are not there. */
export async function openOriginal(dialect: Pick<Dialect, 'reading' | 'writing'>): Promise<Original> {
  const db = new Kysely<Untyped>({ dialect: dialect.reading ?? dialect.writing });
  try {
    const tables = await db.introspection.getTables();
    const columnsOf = (name: string): ReadonlySet<string> => {
      const table = tables.find((each) => each.name === name);
      if (table) return new Set(table.columns.map((column) => column.name));
      throw new BoardError('bad-input', `This is no board of 2016: it has no table ${name}.`);
    };
    const page = <Row>(table: string, fields: Readonly<Record<string, readonly (string | null)[]>>) => {
      const there = columnsOf(table);
      const columns = Object.entries(fields).map(([field, names]) => {
        const name = names.find((each) => each === null || there.has(each));
        if (name === undefined)
          throw new BoardError('bad-input', `The table ${table} has no column ${names.join(' or ')}.`);
        if (name === null) return sql`null as ${sql.ref(field)}`;
        // Times as text, as no two drivers make the same of them.
        return field === 'created'
          ? sql`concat(${sql.ref(name)}, '') as ${sql.ref(field)}`
          : sql`${sql.ref(name)} as ${sql.ref(field)}`;
      });
      return async (after: number, limit: number): Promise<Row[]> => {
        const { rows } = await sql<Row>`select id, ${sql.join(columns)} from ${sql.table(table)}
          where id > ${after} order by id limit ${limit}`.execute(db);
        return rows;
      };
    };
    return {
      users: page<OriginalUser>('users', { ...USERS, created: CREATED }),
      posts: page<OriginalPost>('posts', { ...POSTS, created: CREATED }),
      async extent(table) {
        const { rows } = await sql<{ n: number; last: number }>`
          select count(*) as n, coalesce(max(id), 0) as last from ${sql.table(table)}`.execute(db);
        return rows[0] ?? { n: 0, last: 0 };
      },
      close: () => db.destroy(),
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

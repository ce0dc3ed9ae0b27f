import { createPool, type ResultSetHeader } from 'mysql2/promise';
import pg from 'pg';

/** As many as `pg` and `mysql2` open by default. */
const CONNECTIONS = 10;

/** Each process has its own: two that start at once would both create it. */
const TABLE = `message_${process.pid}`;

interface PlainTable {
  /** Resolves with the new row's id once it is committed. */
  insert(text: string, created: string): Promise<number>;
  /** Resolves once so many rows, which are the same, are committed together. */
  insertMany(text: string, created: string, count: number): Promise<void>;
  close(): Promise<void>;
}

/** A table on a database server, and a pool of connections to it. */
export function plainTable(url: string): Promise<PlainTable> {
  return url.startsWith('postgres:') ? onPostgres(url) : onMariadb(url);
}

async function onPostgres(url: string): Promise<PlainTable> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  await pool.query(`create table ${TABLE} (id bigserial primary key, text text not null, created text not null)`);
  const insert = async (text: string, created: string) => {
    const { rows } = await pool.query<{ id: string }>({
      name: 'insert',
      text: `insert into ${TABLE} (text, created) values ($1, $2) returning id`,
      values: [text, created],
    });
    return Number(rows[0]?.id);
  };
  const insertMany = async (text: string, created: string, count: number) => {
    const rows = Array.from({ length: count }, (_, row) => `($${2 * row + 1}, $${2 * row + 2})`);
    await pool.query({
      name: `insert ${count}`,
      text: `insert into ${TABLE} (text, created) values ${rows.join()}`,
      values: rows.flatMap(() => [text, created]),
    });
  };
  return { insert, insertMany, close: () => pool.end() };
}

async function onMariadb(url: string): Promise<PlainTable> {
  const pool = createPool({ uri: url.replace(/^mariadb:/, 'mysql:'), connectionLimit: CONNECTIONS });
  await pool.query(
    `create table ${TABLE} (id bigint primary key auto_increment, text text not null, created text not null)`,
  );
  const insert = async (text: string, created: string) => {
    const [{ insertId }] = await pool.query<ResultSetHeader>(`insert into ${TABLE} (text, created) values (?, ?)`, [
      text,
      created,
    ]);
    return insertId;
  };
  const insertMany = async (text: string, created: string, count: number) => {
    const rows = Array.from({ length: count }, () => [text, created]);
    await pool.query(`insert into ${TABLE} (text, created) values ?`, [rows]);
  };
  return { insert, insertMany, close: () => pool.end() };
}

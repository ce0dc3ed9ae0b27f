import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { LeftOut } from './row.ts';

export type Server = 'postgres' | 'mariadb';

const urls: Readonly<Record<Server, string>> = {
  postgres: process.env['MSGBOARD_BENCH_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432',
  mariadb: process.env['MSGBOARD_BENCH_MARIADB'] ?? 'mariadb://root@127.0.0.1:3306',
};

/** An empty database on a server that runs already, in place of the last run's. Gives its URL. */
export async function emptyDatabase(server: Server, name: string): Promise<string | LeftOut> {
  const url = urls[server];
  try {
    for (const statement of [`drop database if exists ${name}`, `create database ${name}`]) await run(url, statement);
  } catch (error) {
    return new LeftOut(`no server answers at ${url}: ${(error as Error).message}`);
  }
  return `${url}/${name}`;
}

async function run(url: string, statement: string): Promise<void> {
  if (url.startsWith('postgres:')) {
    const client = new pg.Client({ connectionString: `${url}/postgres` });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  } else {
    const connection = await createConnection({ uri: url.replace(/^mariadb:/, 'mysql:') });
    await connection.query(statement).finally(() => connection.end());
  }
}

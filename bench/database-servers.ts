import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { LeftOut } from './row.ts';

export type Server = 'postgres' | 'mariadb';

const urls: Readonly<Record<Server, string>> = {
  postgres: process.env['MSGBOARD_BENCH_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432',
  mariadb: process.env['MSGBOARD_BENCH_MARIADB'] ?? 'mariadb://root@127.0.0.1:3306',
};

/** Databases that a run leaves behind, and the next one begins anew. */
const OURS = 'msgboard_bench';
const PEERS = 'msgboard_bench_peer';

/** An empty database for ours and one for the peer. Gives their URLs. */
export async function databasesOn(server: Server): Promise<{ readonly ours: string; readonly peer: string } | LeftOut> {
  const ours = await emptyDatabase(server, OURS);
  if (ours instanceof LeftOut) return ours;
  const peer = await emptyDatabase(server, PEERS);
  return peer instanceof LeftOut ? peer : { ours, peer };
}

/** An empty database on a server that runs already, in place of the last run's. Gives its URL. */
async function emptyDatabase(server: Server, name: string): Promise<string | LeftOut> {
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

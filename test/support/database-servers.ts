import { createConnection } from 'mysql2/promise';
import pg from 'pg';

/** A database server that tests may use. */
export interface DatabaseServer {
  /** Without a database. */
  readonly url: string;
  /** Runs a statement on none of the databases that tests make. */
  run(statement: string): Promise<void>;
  drop(database: string): string;
}

const SERVERS: Readonly<Record<string, DatabaseServer>> = {
  postgres: postgres(process.env['MSGBOARD_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432'),
  mariadb: mariadb(process.env['MSGBOARD_TEST_MARIADB'] ?? 'mariadb://root@127.0.0.1:3306'),
};

/** The names that `MSGBOARD_TEST_DATABASE` takes. */
export const DATABASE_SERVERS = Object.keys(SERVERS);

/** @throws Error if there is none of that name: a misspelt one must not turn tests off. */
export function databaseServer(name: string): DatabaseServer {
  const server = SERVERS[name];
  if (server) return server;
  throw new Error(`MSGBOARD_TEST_DATABASE must be one of ${DATABASE_SERVERS.join(', ')}, not "${name}"`);
}

/** Why tests with this server must be skipped, or `false`; with `MSGBOARD_TEST_ALL=1` its absence is an error. */
export async function withoutServer(name: string): Promise<string | false> {
  const { url, run } = databaseServer(name);
  try {
    await run('select 1');
    return false;
  } catch (cause) {
    const reason = `needs a server at ${url}`;
    if (process.env['MSGBOARD_TEST_ALL'] === '1') throw new Error(`MSGBOARD_TEST_ALL=1, but this ${reason}`, { cause });
    return reason;
  }
}

function postgres(url: string): DatabaseServer {
  return {
    url,
    drop: (database) => `drop database ${database} with (force)`,
    async run(statement) {
      const client = new pg.Client({ connectionString: `${url}/postgres` });
      await client.connect();
      try {
        await client.query(statement);
      } finally {
        await client.end();
      }
    },
  };
}

function mariadb(url: string): DatabaseServer {
  return {
    url,
    drop: (database) => `drop database ${database}`,
    async run(statement) {
      const connection = await createConnection({ uri: url.replace(/^mariadb:/, 'mysql:') });
      try {
        await connection.query(statement);
      } finally {
        await connection.end();
      }
    },
  };
}

import { createConnection } from 'mysql2/promise';
import pg from 'pg';

/** A database server that tests may use. */
export interface DatabaseServer {
  /** Runs a statement. */
  run(statement: string): Promise<void>;
  drop(database: string): string;
}

/**
 * @param url - with or without a database.
 * @throws Error if it is of no kind that is known: a misspelt one must not turn tests off.
 */
export function databaseServer(url: string): DatabaseServer {
  switch (URL.canParse(url) ? new URL(url).protocol : '') {
    case 'postgres:':
      return postgres(url);
    case 'mariadb:':
      return mariadb(url);
    default:
      throw new Error(`MSGBOARD_TEST_DATABASE must be postgres://HOST or mariadb://HOST, not "${url}"`);
  }
}

function postgres(url: string): DatabaseServer {
  // It has no connection without a database.
  const connectionString = new URL(url).pathname.length > 1 ? url : `${url}/postgres`;
  return {
    drop: (database) => `drop database ${database} with (force)`,
    async run(statement) {
      const client = new pg.Client({ connectionString });
      // The test ends servers while it is connected.
      client.on('error', () => {});
      try {
        await client.connect();
        await client.query(statement);
      } finally {
        await client.end();
      }
    },
  };
}

function mariadb(url: string): DatabaseServer {
  return {
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

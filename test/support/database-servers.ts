import { createConnection } from 'mariadb';
import pg from 'pg';

/** A connection. */
export interface DatabaseSession {
  /** Resolves with the rows, if there are any. */
  query(statement: string): Promise<readonly object[]>;
  end(): Promise<void>;
}

/** A database server that tests may use. */
export interface DatabaseServer {
  connect(): Promise<DatabaseSession>;
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
  const connect = async (): Promise<DatabaseSession> => {
    const client = new pg.Client({ connectionString });
    // The test ends servers while it is connected.
    client.on('error', () => {});
    try {
      await client.connect();
    } catch (error) {
      await client.end();
      throw error;
    }
    return { query: async (statement) => (await client.query<object>(statement)).rows, end: () => client.end() };
  };
  return { connect, run: running(connect), drop: (database) => `drop database ${database} with (force)` };
}

function mariadb(url: string): DatabaseServer {
  const { hostname, port, username, password, pathname } = new URL(url);
  const connect = async (): Promise<DatabaseSession> => {
    const connection = await createConnection({
      host: hostname,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      bigIntAsNumber: true,
      decimalAsNumber: true,
    });
    // The test ends servers while it is connected.
    connection.on('error', () => {});
    return {
      async query(statement) {
        const rows: unknown = await connection.query(statement);
        return Array.isArray(rows) ? rows : [];
      },
      end: () => connection.end(),
    };
  };
  return { connect, run: running(connect), drop: (database) => `drop database ${database}` };
}

function running(connect: () => Promise<DatabaseSession>): (statement: string) => Promise<void> {
  return async (statement) => {
    const session = await connect();
    try {
      await session.query(statement);
    } finally {
      await session.end();
    }
  };
}

import type { Client } from 'pg';
import { BoardError } from '../../model/errors.ts';
import type { Connect } from './doorbell.ts';

const CHANNEL = 'msgboard';

/**
 * PostgreSQL's LISTEN and NOTIFY, on a connection of their own: inside the writer's transactions, NOTIFY would make all
 * boards on a server wait for each other.
 *
 * @param url - of the board's database.
 */
export async function postgresLine(url: string): Promise<Connect> {
  const { default: pg } = await import('pg').catch(() => {
    throw new BoardError('bad-input', 'PostgreSQL is reached by the package pg. Install it: npm install pg');
  });

  return async ({ hear, lost }) => {
    const clients: Client[] = [];
    const open = async () => {
      const client = new pg.Client({
        connectionString: url,
        application_name: 'msgboard doorbell',
        connectionTimeoutMillis: 5000,
        query_timeout: 5000,
        keepAlive: true,
      });
      clients.push(client);
      client.on('error', lost);
      client.on('end', () => lost(new Error('the database server has closed the connection')));
      await client.connect();
      return client;
    };
    const close = async () => {
      await Promise.all(clients.map((client) => client.end().catch(() => {})));
    };

    try {
      const listener = await open();
      listener.on('notification', ({ payload }) => hear(payload ?? ''));
      // In between may be a pooler that forgets who listens, but on one connection lets one hear oneself all the same.
      const speaker = (await isPooled(listener)) ? await open() : listener;
      await listener.query(`listen ${CHANNEL}`);
      return {
        async say(word) {
          await speaker.query(`notify ${CHANNEL}, ${speaker.escapeLiteral(word)}`);
        },
        close,
      };
    } catch (error) {
      void close();
      throw error;
    }
  };
}

/** Whether the server's process is another than the connection was told. */
async function isPooled(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return !('processID' in client) || client.processID !== rows[0]?.pid;
}

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
    const client = new pg.Client({
      connectionString: url,
      application_name: 'msgboard doorbell',
      connectionTimeoutMillis: 5000,
      query_timeout: 5000,
      keepAlive: true,
    });
    client.on('notification', ({ payload }) => hear(payload ?? ''));
    client.on('error', lost);
    client.on('end', () => lost(new Error('the database server has closed the connection')));
    await client.connect();
    await client.query(`listen ${CHANNEL}`);

    return {
      async say(word) {
        await client.query('select pg_notify($1, $2)', [CHANNEL, word]);
      },
      close: () => client.end().catch(() => {}),
    };
  };
}

import { BoardError } from '../../model/errors.ts';
import type { Connect } from './doorbell.ts';

const SUBJECT = 'msgboard';

/**
 * NATS.
 *
 * @param url - `nats://user:password@host:port`, or `tls://…`.
 */
export async function natsLine(url: string): Promise<Connect> {
  const { connect } = await import('@nats-io/transport-node').catch(() => {
    throw new BoardError(
      'bad-input',
      'NATS is reached by the package @nats-io/transport-node. Install it: npm install @nats-io/transport-node',
    );
  });
  const { protocol, username, password, host } = new URL(url);

  return async ({ hear, lost }) => {
    const connection = await connect({
      servers: host,
      reconnect: false,
      timeout: 5000,
      ...(protocol === 'tls:' && { tls: {} }),
      ...(username !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    });
    connection.subscribe(SUBJECT, { callback: (error, message) => (error ? lost(error) : hear(message.string())) });
    connection.closed().then((error) => lost(error ?? new Error('the broker has closed the connection')));

    return {
      async say(word) {
        connection.publish(SUBJECT, word);
      },
      close: () => connection.close(),
    };
  };
}

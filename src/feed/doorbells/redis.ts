import { BoardError } from '../../model/errors.ts';
import type { Connect } from './doorbell.ts';

const CHANNEL = 'msgboard';

/**
 * Redis, Valkey, or what speaks their protocol.
 *
 * @param url - `redis://user:password@host:port`, or `rediss://…` over TLS.
 */
export async function redisLine(url: string): Promise<Connect> {
  const { createClient } = await import('redis').catch(() => {
    throw new BoardError('bad-input', 'Redis is reached by the package redis. Install it: npm install redis');
  });

  return async ({ hear, lost }) => {
    const options = { url, socket: { connectTimeout: 5000, reconnectStrategy: false as const } };
    // A connection that listens may say nothing.
    const [listener, speaker] = [createClient(options), createClient(options)];
    const clients = [listener, speaker];
    const close = async () => {
      for (const client of clients) if (client.isOpen) client.destroy();
    };
    for (const client of clients) {
      client.on('error', lost);
      client.on('end', () => lost(new Error('the broker has closed the connection')));
    }
    try {
      await Promise.all(clients.map((client) => client.connect()));
      await listener.subscribe(CHANNEL, hear);
    } catch (error) {
      await close();
      throw error;
    }

    return {
      async say(word) {
        await speaker.publish(CHANNEL, word);
      },
      close,
    };
  };
}

import type { Client } from '../model/client.ts';
import type { CredentialsSource } from './credentials.ts';
import { follow } from './follow.ts';
import { messageCalls } from './message-calls.ts';
import { poll } from './poll.ts';
import { sessionCalls } from './session-calls.ts';
import { topicCalls } from './topic-calls.ts';
import { type ConnectOptions, Transport } from './transport.ts';
import { userCalls } from './user-calls.ts';

/**
 * What somebody can do on a board that is far away: the same as in its own process, by `fetch`.
 *
 * What may be repeated without harm is repeated while the board is away or busy: reading, and posting, which sends a key
 * that makes one message of however many attempts.
 *
 * @param url - where the board is mounted, e.g. `https://example.org/board`; in a page a path is enough.
 * @param credentials - who asks. Left out: nobody in particular, or whoever a cookie of the same origin names.
 */
export function connect(url: string | URL, credentials?: CredentialsSource, options?: ConnectOptions): Client {
  const transport = new Transport(url, credentials, options);
  return {
    users: userCalls(transport),
    messages: messageCalls(transport),
    topics: topicCalls(transport),
    sessions: sessionCalls(transport),
    stream: (query = {}, streamOptions = {}) => follow(transport, query, streamOptions),
    poll: (query = {}, waitOptions = {}) => poll(transport, query, waitOptions),
  };
}

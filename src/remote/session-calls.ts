import type { Client } from '../model/client.ts';
import type { CurrentSession, Session } from '../model/session.ts';
import type { Transport } from './transport.ts';

/** What can be done with sessions. */
export function sessionCalls(transport: Transport): Client['sessions'] {
  return {
    async open(draft = {}) {
      // Of an answer that got lost the token is lost too; the session ends by itself.
      const { body } = await transport.ask({ method: 'POST', path: 'session', json: draft, isRepeatable: true });
      return body as Session;
    },

    async current() {
      return (await transport.ask({ path: 'session', isRepeatable: true })).body as CurrentSession;
    },

    async close({ all = false } = {}) {
      const query = all ? { all: '1' } : {};
      await transport.ask({ method: 'DELETE', path: 'session', query, isRepeatable: false });
    },
  };
}

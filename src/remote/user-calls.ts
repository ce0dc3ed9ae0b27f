import type { Client } from '../model/client.ts';
import { usersAfter } from '../model/paging.ts';
import type { User } from '../model/user.ts';
import type { Transport } from './transport.ts';

/** What can be done with accounts. */
export function userCalls(transport: Transport): Client['users'] {
  const read = async (path: string) => (await transport.ask({ path, isRepeatable: true })).body as User;
  return {
    async create(draft) {
      // Of two sign-ups the second finds its name taken, by the first.
      const { body } = await transport.ask({ method: 'POST', path: 'user', json: draft, isRepeatable: false });
      return body as User;
    },

    get: (idOrName) => read(pathOf(idOrName)),
    me: () => read('user'),

    async update(edit) {
      // A new password is told from the current one once.
      const isRepeatable = edit.password === undefined;
      const { body } = await transport.ask({ method: 'PATCH', path: 'user', json: edit, isRepeatable });
      return body as User;
    },

    async delete() {
      // Whoever is deleted has no credentials to ask with again.
      await transport.ask({ method: 'DELETE', path: 'user', isRepeatable: false });
    },

    async administer(idOrName, change) {
      const path = pathOf(idOrName);
      const { body } = await transport.ask({ method: 'PATCH', path, json: change, isRepeatable: true });
      return body as User;
    },

    async list(query = {}) {
      const { body } = await transport.ask({ path: 'users', query, isRepeatable: true });
      const users = body as User[];
      return { users, next: usersAfter(query, users) };
    },
  };
}

function pathOf(idOrName: string | number): string {
  return `user/${encodeURIComponent(idOrName)}`;
}

import type { Client, Deletion, MatchOptions, PostOptions } from '../model/client.ts';
import type { Message } from '../model/message.ts';
import { messageLinks } from '../model/paging.ts';
import { cursorOf, read, type Transport } from './transport.ts';

/** What can be done with messages. */
export function messageCalls(transport: Transport): Client['messages'] {
  return {
    async post(draft, options) {
      return (await post(transport, 'message', draft, options)) as Message;
    },

    async postMany(drafts, options) {
      return (await post(transport, 'messages', drafts, options)) as Message[];
    },

    async get(id) {
      const { body } = await transport.ask({ path: `message/${id}`, isRepeatable: true });
      return body as Message;
    },

    async edit(id, change, options = {}) {
      const { body } = await transport.ask({
        method: 'PUT',
        path: `message/${id}`,
        json: change,
        headers: matchHeaders(options),
        // A second edit to the same is none, but it no longer matches.
        isRepeatable: options.ifMatch === undefined,
      });
      return body as Message;
    },

    async delete(id, options = {}) {
      await transport.ask({
        method: 'DELETE',
        path: `message/${id}`,
        headers: matchHeaders(options),
        isRepeatable: false,
      });
    },

    async deleteMany(query) {
      const { body } = await transport.ask({ method: 'DELETE', path: 'messages', query, isRepeatable: false });
      return body as Deletion;
    },

    async list(query = {}) {
      const answer = await transport.ask({ ...read('messages', query), isRepeatable: true });
      const messages = answer.body as Message[];
      return { messages, cursor: cursorOf(answer), ...messageLinks(query, messages) };
    },
  };
}

/** Posts once, however often it has to be sent. */
async function post(
  transport: Transport,
  path: string,
  json: unknown,
  { idempotencyKey = newKey() }: PostOptions = {},
): Promise<unknown> {
  const headers = { 'idempotency-key': idempotencyKey };
  return (await transport.ask({ method: 'POST', path, json, headers, isRepeatable: true })).body;
}

function matchHeaders({ ifMatch }: MatchOptions): Record<string, string> {
  if (ifMatch === undefined) return {};
  return { 'if-match': ifMatch === '*' ? '*' : ifMatch.map((seq) => `"${seq}"`).join(', ') };
}

/** Not randomUUID(), which a page has over HTTPS alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('-');
}

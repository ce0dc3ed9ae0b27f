import type { Client } from '../model/client.ts';
import { topicLinks } from '../model/paging.ts';
import type { Topic } from '../model/topic.ts';
import { cursorOf, type Transport } from './transport.ts';

/** What can be done with topics. */
export function topicCalls(transport: Transport): Client['topics'] {
  return {
    async list(query = {}) {
      const answer = await transport.ask({ path: 'topics', query, isRepeatable: true });
      const topics = answer.body as Topic[];
      return { topics, cursor: cursorOf(answer), ...topicLinks(query, topics) };
    },
  };
}

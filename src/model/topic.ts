import type { Static } from 'typebox';
import { Latest } from './message.ts';

/** A topic as everyone sees it: what is private does not count. */
export const Topic = {
  title: 'Topic',
  type: 'object',
  additionalProperties: false,
  required: ['topic', 'threads', 'posts', 'latest'],
  properties: {
    topic: { type: 'string' },
    threads: { type: 'integer', minimum: 0, description: 'How many threads began with it.' },
    posts: { type: 'integer', minimum: 1, description: 'How many messages have it.' },
    latest: Latest,
  },
} as const;
export type Topic = Static<typeof Topic>;

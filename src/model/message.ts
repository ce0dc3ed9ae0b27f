import type { Static } from 'typebox';
import { dataOrNull } from './json.ts';
import { Author } from './user.ts';

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
const text = { type: 'string', format: 'text', minLength: 1, maxLength: 10_000 } as const;
const time = { type: 'string', format: 'date-time' } as const;
const topics = {
  type: 'array',
  maxItems: 10,
  items: { type: 'string', format: 'text', minLength: 1, maxLength: 100 },
  description: 'Rooms, boards, hashtags, mentions: compared exactly.',
} as const;

/** The newest message of a thread or a topic, in short. */
export const Latest = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'text', 'user', 'created'],
  properties: { id, text: { type: 'string', maxLength: 200 }, user: Author, created: time },
} as const;
export type Latest = Static<typeof Latest>;

/** A message as whoever may see it sees it. */
export const Message = {
  title: 'Message',
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'seq',
    'text',
    'user',
    'created',
    'edited',
    'topics',
    'replyTo',
    'thread',
    'replies',
    'to',
    'data',
    'posts',
    'latest',
  ],
  properties: {
    id: { ...id, description: "The message's place in the board's one order, for ever." },
    seq: { ...id, description: 'The place of its latest change in that order; the id until it is edited.' },
    text,
    user: Author,
    created: time,
    edited: { type: ['string', 'null'], format: 'date-time', description: 'When it was last edited.' },
    topics,
    replyTo: { type: ['integer', 'null'], description: 'The message that it answers.' },
    thread: { ...id, description: 'The first message of its conversation; its own id where it began one.' },
    replies: { type: 'integer', minimum: 0, description: 'How many messages answer it directly.' },
    to: {
      type: 'array',
      items: { type: 'string' },
      description: 'Usernames. None: public. Else private among author and these.',
    },
    data: dataOrNull,
    posts: {
      type: ['integer', 'null'],
      description: "On a thread's first message, read alone or by activity: messages in the thread.",
    },
    latest: {
      anyOf: [Latest, { type: 'null' }],
      description: "On a thread's first message, read alone or by activity: its newest.",
    },
  },
} as const;
export type Message = Static<typeof Message>;

/** What it takes to post. */
export const MessageDraft = {
  title: 'MessageDraft',
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: {
    text,
    topics,
    replyTo: {
      ...id,
      type: ['integer', 'null'],
      description: 'The message to answer; its thread, audience and topics are taken over.',
    },
    to: {
      type: 'array',
      maxItems: 50,
      items: { anyOf: [{ type: 'string', format: 'text', minLength: 1, maxLength: 60 }, id] },
      description: 'Usernames or ids. With any, the message is private among its author and these people.',
    },
    data: dataOrNull,
  },
} as const;
export type MessageDraft = Static<typeof MessageDraft>;

/** At most this many messages are posted at once. */
export const MOST_AT_ONCE = 1000;

/** What an author may change. */
export const MessageEdit = {
  title: 'MessageEdit',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { text, data: dataOrNull },
} as const;
export type MessageEdit = Static<typeof MessageEdit>;

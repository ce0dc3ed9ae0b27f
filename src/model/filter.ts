import type { Static } from 'typebox';
import type { MessageState } from './change.ts';

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } as const;
/** Somebody, by name or id. */
export const person = { anyOf: [{ type: 'string', format: 'text', minLength: 1, maxLength: 60 }, id] } as const;

/** Which messages: the same fields, with the same meaning, for lists and for streams. Different fields combine with AND. */
export const filterFields = {
  topic: {
    type: 'array',
    maxItems: 100,
    items: { type: 'string', format: 'text', minLength: 1, maxLength: 100 },
    description: 'Any of these topics.',
  },
  user: { type: 'array', maxItems: 500, items: person, description: 'By any of these people, by name or id.' },
  thread: { ...id, description: 'Of the conversation that this message began.' },
  replyTo: {
    anyOf: [id, { const: 'none' }],
    description: 'Answers to this message; `none`: messages that answer nothing.',
  },
  with: {
    type: 'array',
    maxItems: 50,
    items: person,
    description: 'The private messages among oneself and exactly these people.',
  },
  visibility: { type: 'string', enum: ['public', 'private', 'all'], description: 'Default: all that you may see.' },
} as const;

export const Filter = { type: 'object', additionalProperties: false, properties: filterFields } as const;
export type Filter = Static<typeof Filter>;

/** A filter whose names are looked up: what the database and the feed ask by. `null`: no matter. */
export interface Selection {
  readonly topics: readonly string[] | null;
  readonly users: readonly number[] | null;
  readonly thread: number | null;
  readonly replyTo: number | 'none' | null;
  /** The people of a private conversation, sorted. */
  readonly people: readonly number[] | null;
  readonly visibility: 'public' | 'private' | 'all';
}

/** Whatever one may see. */
export const EVERYTHING: Selection = {
  topics: null,
  users: null,
  thread: null,
  replyTo: null,
  people: null,
  visibility: 'all',
};

/** Whether a message is among those selected. Whether it may be seen is another question: {@link sees}. */
export function matches(selection: Selection, state: MessageState): boolean {
  return (
    (selection.visibility === 'all' || (selection.visibility === 'public') === (state.audience === 0)) &&
    (selection.thread === null || selection.thread === state.thread) &&
    (selection.replyTo === null || selection.replyTo === (state.replyTo ?? 'none')) &&
    (selection.users === null || selection.users.includes(state.userId)) &&
    (selection.topics === null || state.topics.some((topic) => selection.topics?.includes(topic))) &&
    (selection.people === null || sameNumbers(selection.people, state.people))
  );
}

/** Whether `viewer` (a user's id; `null`: nobody in particular) may know of a message at all. */
export function sees(viewer: number | null, state: MessageState): boolean {
  return state.audience === 0 || (viewer !== null && state.people.includes(viewer));
}

function sameNumbers(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((number, index) => number === right[index]);
}

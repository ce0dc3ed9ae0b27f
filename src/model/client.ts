import type { Static } from 'typebox';
import type { StreamEvent } from './change.ts';
import { filterFields } from './filter.ts';
import type { Message, MessageDraft, MessageEdit } from './message.ts';
import type { User, UserAdministration, UserDraft, UserEdit } from './user.ts';

const mark = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** A page of messages to ask for. */
export const ListQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...filterFields,
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    offset: { type: 'integer', minimum: 0, maximum: 10_000, default: 0, description: 'Beyond 10,000 page by `after`.' },
    before: { ...mark, description: 'Only ids below this one; alone, the nearest to it.' },
    after: { ...mark, description: 'Only ids above this one; alone, the nearest to it.' },
    order: { type: 'string', enum: ['asc', 'desc'], default: 'asc', description: 'Oldest or newest first.' },
  },
} as const;
export type ListQuery = Static<typeof ListQuery>;

const streamFields = {
  ...filterFields,
  cursor: {
    type: 'string',
    maxLength: 80,
    description: 'Where to go on; `0` is the whole board. Default: live from now.',
  },
} as const;

/** A stream to ask for. */
export const StreamQuery = { type: 'object', additionalProperties: false, properties: streamFields } as const;
export type StreamQuery = Static<typeof StreamQuery>;

/** What has come since a cursor, to ask for once. */
export const PollQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...streamFields,
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 1000 },
    wait: { type: 'integer', minimum: 0, maximum: 60, default: 0, description: 'Seconds to wait for a first event.' },
  },
} as const;
export type PollQuery = Static<typeof PollQuery>;

/** Messages in the order asked for, with the cursor of the very moment they were read at. */
export interface Page {
  readonly messages: readonly Message[];
  /** A stream from here misses nothing and repeats nothing of this page. */
  readonly cursor: string;
  /** Marks of the pages on either side; `null`: there is none. */
  readonly next: Partial<ListQuery> | null;
  readonly prev: Partial<ListQuery> | null;
}

export interface Poll {
  readonly events: readonly StreamEvent[];
  /** Where to go on, also when nothing came. */
  readonly cursor: string;
}

export interface PostOptions {
  /**
   * Up to 255 ASCII characters that name this post among one's own for at least 24 hours: however often it is sent, it
   * makes its message, or messages, once.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface MatchOptions {
  /** Do it only if the message's `seq` is among these (`*`: if there is the message). */
  readonly ifMatch?: readonly number[] | '*' | undefined;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * What somebody can do on a board. Every call may throw a `BoardError`, of the same closed set of codes whether the
 * board is in this process or far away.
 */
export interface Client {
  readonly users: {
    /** Signs somebody up. `taken`: the name is in use, or was. */
    create(draft: UserDraft): Promise<User>;
    /** By username, or by id (a number, or a text of digits). */
    get(idOrName: string | number): Promise<User>;
    /** Oneself. */
    me(): Promise<User>;
    /** Changes oneself. `forbidden`: `currentPassword` is wrong. */
    update(edit: UserEdit): Promise<User>;
    /** Changes somebody else: moderators ban and unban who is no moderator, the operator changes anything. */
    administer(idOrName: string | number, change: UserAdministration): Promise<User>;
  };
  readonly messages: {
    /** Resolves once the message is committed and synced to disk. */
    post(draft: MessageDraft, options?: PostOptions): Promise<Message>;
    /** Up to 1,000 at once: all of them, or none. Faults name theirs by its index, as in `2.text`. */
    postMany(drafts: readonly MessageDraft[], options?: PostOptions): Promise<Message[]>;
    get(id: number): Promise<Message>;
    /** Author only. What changes nothing takes no `seq`. */
    edit(id: number, edit: MessageEdit, options?: MatchOptions): Promise<Message>;
    /** Author only. */
    delete(id: number, options?: MatchOptions): Promise<void>;
    list(query?: ListQuery): Promise<Page>;
  };
  /** Catches up from `query.cursor` where there is one, then goes on live until the loop is left or `signal` aborts. */
  stream(query?: StreamQuery, options?: WaitOptions): AsyncIterable<StreamEvent>;
  /** What there is since `query.cursor`, at once or as soon as there is something. */
  poll(query?: PollQuery, options?: WaitOptions): Promise<Poll>;
}

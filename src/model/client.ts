import type { Static } from 'typebox';
import type { StreamEvent } from './change.ts';
import type { BoardError } from './errors.ts';
import { filterFields, person } from './filter.ts';
import { DEFAULT_LIMIT, MOST_USERS } from './limits.ts';
import type { Message, MessageDraft, MessageEdit } from './message.ts';
import type { CurrentSession, Session, SessionDraft } from './session.ts';
import type { Topic } from './topic.ts';
import type { User, UserAdministration, UserDraft, UserEdit } from './user.ts';

const mark = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

/** A page of messages to ask for. */
export const ListQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...filterFields,
    limit: { type: 'integer', minimum: 1, maximum: 100, default: DEFAULT_LIMIT },
    offset: { type: 'integer', minimum: 0, maximum: 10_000, default: 0, description: 'Beyond 10,000 page by `after`.' },
    before: { ...mark, description: 'Only ids below this one; alone, the nearest to it.' },
    after: { ...mark, description: 'Only ids above this one; alone, the nearest to it.' },
    order: {
      type: 'string',
      enum: ['asc', 'desc', 'active'],
      default: 'asc',
      description:
        'Oldest or newest first; `active`: one message for each thread, its first, those with the latest activity first.',
    },
  },
} as const;
export type ListQuery = Static<typeof ListQuery>;

const nameMark = { type: ['string', 'integer'], format: 'text', maxLength: 100, minimum: 0 } as const;

/** A page of public topics to ask for. */
export const TopicsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    prefix: { type: 'string', format: 'text', maxLength: 100, description: 'Only topics that begin with it.' },
    limit: { type: 'integer', minimum: 1, maximum: 100, default: DEFAULT_LIMIT },
    before: { ...nameMark, description: 'Only what comes before this topic; with `order=active`, this `latest.id`.' },
    after: { ...nameMark, description: 'Only what comes after this topic; with `order=active`, this `latest.id`.' },
    order: {
      type: 'string',
      enum: ['name', 'active'],
      default: 'name',
      description: 'By name, or those with the latest activity first.',
    },
  },
} as const;
export type TopicsQuery = Static<typeof TopicsQuery>;

/** A page of users, or many users at once, to ask for. */
export const UsersQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    user: {
      type: 'array',
      maxItems: MOST_USERS,
      items: person,
      description: 'These people alone, by name or id; who is not there is left out.',
    },
    prefix: { type: 'string', format: 'text', maxLength: 60, description: 'Only names that begin with it.' },
    limit: { type: 'integer', minimum: 1, maximum: 100, description: 'Default: 20; with `user`, all of them.' },
    after: { type: 'string', format: 'text', maxLength: 60, description: 'Only names that come after it.' },
  },
} as const;
export type UsersQuery = Static<typeof UsersQuery>;

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

/** Public topics in the order asked for. */
export interface TopicsPage {
  readonly topics: readonly Topic[];
  /** A stream from here tells what changes these counts. */
  readonly cursor: string;
  readonly next: TopicsQuery | null;
  readonly prev: TopicsQuery | null;
}

/** Users by name. */
export interface UsersPage {
  readonly users: readonly User[];
  readonly next: UsersQuery | null;
}

/** Public messages to delete: of somebody, or of a thread. */
export const DeletionQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    user: { ...person, description: 'Whose messages; oneself, or for moderators anybody.' },
    thread: { ...filterFields.thread, description: 'Of the conversation that this message began; for moderators.' },
  },
} as const;
export type DeletionQuery = Static<typeof DeletionQuery>;

/** How far a deletion has come. */
export interface Deletion {
  /** How many messages are gone by it. Ask again until it is 0. */
  readonly deleted: number;
}

/** Messages in the order asked for, with the cursor of the very moment they were read at. */
export interface Page {
  readonly messages: readonly Message[];
  /** A stream from here misses nothing and repeats nothing of this page. */
  readonly cursor: string;
  /** Marks of the pages on either side; `null`: there is none. */
  readonly next: ListQuery | null;
  readonly prev: ListQuery | null;
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

export interface CloseOptions {
  /** All sessions of this user, everywhere. */
  readonly all?: boolean | undefined;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface StreamOptions extends WaitOptions {
  /** Whether to tell `idle` too: a cursor where there is nothing else to tell, so all that there was has come. */
  readonly idle?: boolean | undefined;
  /** Hears that the connection broke, or could not be had; the stream comes back by itself and misses nothing. */
  readonly onFault?: ((error: BoardError) => void) | undefined;
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
    /** By name, page by page; or, with `user`, many at once. */
    list(query?: UsersQuery): Promise<UsersPage>;
    /** Oneself. */
    me(): Promise<User>;
    /** Changes oneself. `forbidden`: `currentPassword` is wrong. */
    update(edit: UserEdit): Promise<User>;
    /**
     * Deletes oneself: credentials and streams end at once, the name stays taken. Resolves once none of one's messages
     * can be read any more; should the board close before, it goes on when it is back.
     */
    delete(): Promise<void>;
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
    /** By its author, or a moderator who sees it. */
    delete(id: number, options?: MatchOptions): Promise<void>;
    /** Deletes up to 1,000 public messages: of a thread or of anybody, by moderators; of oneself, by everybody. */
    deleteMany(query: DeletionQuery): Promise<Deletion>;
    list(query?: ListQuery): Promise<Page>;
  };
  readonly topics: {
    list(query?: TopicsQuery): Promise<TopicsPage>;
  };
  readonly sessions: {
    /**
     * Opens a session for whoever asks, for who proves to be `username` by `password`, or, to the operator, for whom they
     * name. Its token is shown this once. `forbidden`: a session asks for another one, not for a token for streams.
     */
    open(draft?: SessionDraft): Promise<Session>;
    /** Who asks, and until when their session lasts. */
    current(): Promise<CurrentSession>;
    /** Ends the session that asks, or all of its user's, with all their streams. */
    close(options?: CloseOptions): Promise<void>;
  };
  /** Catches up from `query.cursor` where there is one, then goes on live until the loop is left or `signal` aborts. */
  stream(query?: StreamQuery, options?: StreamOptions): AsyncIterable<StreamEvent>;
  /** What there is since `query.cursor`, at once or as soon as there is something. */
  poll(query?: PollQuery, options?: WaitOptions): Promise<Poll>;
}

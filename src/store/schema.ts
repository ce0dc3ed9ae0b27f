import type { Kysely } from 'kysely';

/** A message's part in its thread, by which lists tell apart what they walk. */
export const PART = {
  /** Public, and followed by no other so far. */
  alone: 0,
  /** Public, and followed by others, though they may be deleted since. */
  first: 1,
  /** It follows others, or is private. */
  rest: 2,
} as const;

export type Part = (typeof PART)[keyof typeof PART];

/** The tables, as every database has them: ids and times are integers (ms since 1970), flags are 0 or 1. */
export interface Tables {
  clock: {
    one: number;
    seq: number;
    epoch: string;
    horizon: number;
    last_user_id: number;
  };
  users: {
    id: number;
    /** The latest change that others may have to hear of; 0: none since sign-up. */
    seq: number;
    username: string;
    username_key: string;
    /** `null`: nobody can log in by password. */
    password_hash: string | null;
    bio: string | null;
    /** JSON. */
    data: string | null;
    created: number;
    moderator: number;
    banned: number;
    /** 1: with messages that are still being deleted; 2: without any left. The row stays, so that its name stays taken. */
    deleted: number;
  };
  messages: {
    id: number;
    seq: number;
    user_id: number;
    text: string;
    /** JSON. */
    data: string | null;
    /** JSON; a deleted message keeps them, so that the readers of a topic are told. */
    topics: string;
    created: number;
    edited: number | null;
    deleted: number;
    /** 0: answers nothing. */
    reply_to: number;
    thread: number;
    replies: number;
    /** 0: public. */
    audience: number;
    part: Part;
  };
  /** The latest change of each message that was ever changed. */
  changes: { seq: number; message_id: number };
  /** Live messages that did not begin their thread. */
  follow_ups: { thread: number; message_id: number; reply_to: number; audience: number };
  /**
   * How threads stand, each named after the message that began it, with that one's author and topics. A message that is alone
   * in its thread says as much itself, so it has no row here.
   */
  standings: {
    id: number;
    user_id: number;
    audience: number;
    /** JSON. */
    topics: string;
    posts: number;
    latest: number;
  };
  /** Threads by latest activity, for each topic and each person who sees them; of topic '': all of a person's. */
  activity: { viewer: number; topic: string; latest: number; thread: number };
  /** Live messages by topic. `viewer` 0: public; a private message has a row for each of its people. */
  message_topics: { topic: string; viewer: number; message_id: number };
  /** Live private messages by each of their people, the author too. */
  recipients: { user_id: number; author_id: number; message_id: number };
  /** Public counts. */
  topics: { topic: string; threads: number; posts: number; latest: number };
  /** A set of people; `people` is JSON, sorted by id. */
  audiences: { id: number; hash: string; people: string };
  /** The thread that private messages among the same people with the same topics join. */
  conversations: { hash: string; thread: number };
  /** Idempotency keys: `n` messages from `first_id` on were made. */
  keys: { user_id: number; key_hash: string; digest: string; first_id: number; n: number; created: number };
  /** Batches that were committed on a server, of late. `noted` 0: one that was given up, and can no longer be. */
  commits: { id: number; noted: number };
  sessions: {
    /** SHA-256 of the token, which nobody but its owner keeps. */
    token_hash: string;
    user_id: number;
    expires: number;
    /** `all` that its user may do, or to open a `stream`; an `anchor` has no token, but streams that end with it. */
    scope: 'all' | 'stream' | 'anchor';
    /** The session that a stream's token ends with. */
    parent: string | null;
    /** What alone a stream's token reads, as JSON; `null`: all that its user may see. */
    filter: string | null;
  };
}

type TextColumn = {
  [Table in keyof Tables]: {
    [Column in keyof Tables[Table]]: Tables[Table][Column] extends number | null ? never : Column;
  }[keyof Tables[Table]];
}[keyof Tables];

const texts: Record<TextColumn | 'latest_text', true> = {
  epoch: true,
  username: true,
  username_key: true,
  password_hash: true,
  bio: true,
  data: true,
  text: true,
  latest_text: true,
  topics: true,
  topic: true,
  hash: true,
  people: true,
  key_hash: true,
  digest: true,
  token_hash: true,
  scope: true,
  parent: true,
  filter: true,
};
/** The columns, of tables and of what is read from them, that hold text. All others hold whole numbers. */
export const TEXT_COLUMNS: ReadonlySet<string> = new Set(Object.keys(texts));

export type Db = Kysely<Tables>;
export type Row<Table extends keyof Tables> = Tables[Table];

export type UserRow = Row<'users'>;
/** A message with the people of its audience (JSON; `null`: it is public). */
export type MessageRow = Row<'messages'> & { people: string | null };

const ofMessage: Record<keyof MessageRow, true> = {
  id: true,
  seq: true,
  user_id: true,
  text: true,
  data: true,
  topics: true,
  created: true,
  edited: true,
  deleted: true,
  reply_to: true,
  thread: true,
  replies: true,
  audience: true,
  part: true,
  people: true,
};
export const MESSAGE_COLUMNS = Object.keys(ofMessage);

export type ThreadRow = Row<'standings'>;

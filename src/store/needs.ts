import type { MessageRow, Row, ThreadRow, UserRow } from './schema.ts';

/** What a write must look at under the lock before it can decide. */
export interface Needs {
  readonly messages?: readonly number[];
  /** Besides those of `messages` and `conversations`. */
  readonly threads?: readonly number[];
  readonly users?: readonly number[];
  /** Of whom no more is asked than whether they are banned or deleted. */
  readonly authors?: readonly number[];
  readonly usernameKeys?: readonly string[];
  readonly keys?: readonly KeyName[];
  readonly audiences?: readonly string[];
  readonly conversations?: readonly string[];
  /** The ids of people whose sessions are looked at. */
  readonly sessionsOf?: readonly number[];
}

/** What there is of what the writes of a batch need. */
export interface Found {
  readonly users: readonly UserRow[];
  readonly messages: readonly MessageRow[];
  readonly threads: readonly ThreadRow[];
  readonly keys: readonly Row<'keys'>[];
  readonly audiences: readonly Pick<Row<'audiences'>, 'id' | 'hash'>[];
  readonly conversations: readonly Row<'conversations'>[];
}

/** Names an Idempotency-Key: whose, and its hash. */
export interface KeyName {
  readonly userId: number;
  readonly hash: string;
}

/** A key's name as one text. */
export function keyOf({ userId, hash }: KeyName): string {
  return `${userId} ${hash}`;
}

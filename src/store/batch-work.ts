import type { KeyName } from './needs.ts';
import type { MessageRow, Row } from './schema.ts';

/** A message to be posted. */
export interface NewMessage {
  readonly userId: number;
  readonly text: string;
  /** JSON. */
  readonly data: string | null;
  readonly topics: readonly string[];
  readonly replyTo: number | null;
  /** `null`: it begins a thread. */
  readonly thread: number | null;
  readonly audience: number;
  /** Everybody who sees a private message, sorted; empty: it is public. */
  readonly people: readonly number[];
}

/** A message, new or of another board, whose part in its thread is not yet known. */
export type UnplacedMessage = Omit<MessageRow, 'part'>;

/** What has become of the board in one batch, to be written as one transaction. */
export interface Work {
  /** By id; as they are now, the batch's `users` and `messages` know. */
  readonly newUsers: Set<number>;
  readonly changedUsers: Set<number>;
  readonly newMessages: Set<number>;
  readonly newKeys: Row<'keys'>[];
  readonly newAudiences: Row<'audiences'>[];
  readonly newConversations: Row<'conversations'>[];
  /** Those that are no longer as they were stored or posted. */
  readonly dirtyMessages: Set<number>;
  /** The changes before, of those that are changed once more. */
  readonly pastChanges: Row<'changes'>[];
  /** Those whose replies are more or fewer now. */
  readonly answeredMessages: Set<number>;
  readonly removedMessages: Set<number>;
  /** Tombstones that are no longer kept. */
  readonly forgottenMessages: MessageRow[];
  readonly forgottenKeys: KeyName[];
  /** Whatever took a tick. */
  readonly changedMessages: Set<number>;
  /** Ticks that no message took: those of accounts. */
  quietTicks: number;
}

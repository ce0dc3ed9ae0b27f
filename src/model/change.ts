import type { Place, ResetReason } from './cursor.ts';
import type { Message } from './message.ts';

/** What is left to tell of a message that was deleted. */
export interface Deleted {
  readonly id: number;
  readonly seq: number;
  readonly user: { readonly id: number; readonly username: string };
  readonly topics: readonly string[];
  readonly thread: number;
  readonly replyTo: number | null;
  readonly to: readonly string[];
}

/** What a stream tells. Every event carries the cursor from which its reader goes on. */
export type StreamEvent = { readonly cursor: string } & (
  | { readonly type: 'message' | 'edit'; readonly message: Message }
  | { readonly type: 'delete'; readonly message: Deleted }
  /** The cursor was of no use; the stream goes on live from the head, and its reader loads a page anew. */
  | { readonly type: 'reset'; readonly reason: ResetReason; readonly message: null }
  /** Nothing happened that this reader may see, but here is a fresh cursor. */
  | { readonly type: 'idle'; readonly message: null }
);

/** What happened on a board. */
export type Change = Exclude<StreamEvent, { readonly type: 'idle' }>;

/** A message, or what is left of it, with whom it concerns. */
export interface MessageState {
  readonly id: number;
  readonly seq: number;
  readonly deleted: boolean;
  readonly userId: number;
  readonly topics: readonly string[];
  readonly thread: number;
  readonly replyTo: number | null;
  /** 0: public. Otherwise the set of people who see it. */
  readonly audience: number;
  /** The ids behind `audience`; empty where it is public. */
  readonly people: readonly number[];
  /** What a reader is shown. */
  readonly message: Message | Deleted;
  /** The same as JSON. */
  readonly json: string;
}

/**
 * How a reader at `place` is told of a message in its present state. The place alone decides: above `id` the message is
 * new to it (or, deleted since, nothing), else it is changed if that came after `seq`.
 */
export function typeAt(place: Place, state: { readonly id: number; readonly seq: number; readonly deleted: boolean }) {
  if (state.id > place.id) return state.deleted ? null : 'message';
  if (state.seq <= place.seq) return null;
  return state.deleted ? 'delete' : 'edit';
}

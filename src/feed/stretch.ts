import { type Change, type MessageState, typeAt } from '../model/change.ts';
import { type Clock, formatCursor, type Place } from '../model/cursor.ts';

/** A part of the board's history, in the order in which a reader goes through it. */
export interface Stretch {
  readonly clock: Clock;
  readonly states: readonly MessageState[];
  /** Where its reader stands afterwards; at (head, head), that was all. */
  readonly end: Place;
}

/** What this process has committed: all ticks after `from`, in any order. */
export interface Commit extends Stretch {
  readonly from: number;
  /** The accounts that changed. */
  readonly accounts: readonly number[];
  /** How many ticks were of accounts: they are no event to anybody. */
  readonly quiet: number;
}

/** One step on a reader's way: a message as it is now, and where the reader stands once told. */
export interface Step {
  readonly state: MessageState;
  readonly from: Place;
  readonly to: Place;
}

/**
 * The steps from `place` through a stretch. The changes of messages up to `place.id` come first, by seq; then the messages
 * above, by id, all known as of the head.
 */
export function* steps(place: Place, { states, clock }: Stretch): Iterable<Step> {
  let from = place;
  for (const state of states) {
    const to = state.id <= place.id ? { id: place.id, seq: state.seq } : { id: state.id, seq: clock.seq };
    yield { state, from, to };
    from = to;
  }
}

/** A step as its reader is told of it. */
export interface News {
  readonly cursor: string;
  readonly type: 'message' | 'edit' | 'delete';
  readonly state: MessageState;
}

/** How a step is told; `null`: it is none of a reader's business. */
export function newsOf({ state, from, to }: Step, epoch: string): News | null {
  const type = typeAt(from, state);
  return type && { cursor: formatCursor(to, epoch), type, state };
}

export function eventOf({ cursor, type, state }: News): Change {
  return { cursor, type, message: state.message } as Change;
}

/** Whether `place` is the head of that clock: nothing is left to tell. */
export function isAtHead(place: Place, clock: Clock): boolean {
  return place.id === clock.seq && place.seq === clock.seq;
}

/** The steps from `place` through a commit that begins there. */
export function stepsThrough(place: Place, commit: Commit): Iterable<Step> {
  const isTickByTick = commit.states.length + commit.quiet === commit.clock.seq - commit.from;
  if (isTickByTick) return tickByTick(place, commit);
  return steps(place, { ...commit, states: inOrder(place, commit.states) });
}

/** The steps through a commit in which each tick has left its own state: the way of one who watches. */
function* tickByTick(place: Place, { states }: Stretch): Iterable<Step> {
  let from = place;
  for (const state of [...states].sort((left, right) => left.seq - right.seq)) {
    const to = { id: state.seq, seq: state.seq };
    yield { state, from, to };
    from = to;
  }
}

/** What one commit changed, in the order in which a reader at `place` goes through it. */
function inOrder(place: Place, states: readonly MessageState[]): MessageState[] {
  const changed = states.filter((state) => state.id <= place.id).sort((left, right) => left.seq - right.seq);
  const added = states.filter((state) => state.id > place.id).sort((left, right) => left.id - right.id);
  return [...changed, ...added];
}

import { badInput } from './errors.ts';

/**
 * What a reader knows: every message up to `id` as of `seq`, and none above. Both count ticks of the board's clock; of
 * a reader that has caught up, both are the head.
 */
export interface Place {
  readonly id: number;
  readonly seq: number;
}

/** The board's clock, read in one snapshot with whatever it goes with. */
export interface Clock {
  /** The head: the latest tick. */
  readonly seq: number;
  /** Names this history; a restored backup gets another. */
  readonly epoch: string;
  /** Deletions up to this tick may be forgotten; 0: none are. */
  readonly horizon: number;
}

/** Why a cursor is of no use: older than what is kept, ahead of the head, or of another history. */
export const RESET_REASONS = ['pruned', 'ahead', 'history'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

export type Resume =
  | { readonly kind: 'catch-up'; readonly place: Place }
  | { readonly kind: 'reset'; readonly reason: ResetReason };

/** A cursor that has the form of one. What it is worth, only a clock can tell. */
export interface Cursor {
  readonly place: Place;
  readonly epoch: string | null;
}

/** Writes a place as a cursor, `<id>.<seq>-<epoch>`; one number stands for two alike. */
export function formatCursor(place: Place, epoch: string): string {
  return place.id === place.seq ? `${place.seq}-${epoch}` : `${place.id}.${place.seq}-${epoch}`;
}

/** The cursor of whoever knows all that there is. */
export function cursorOf({ seq, epoch }: Clock): string {
  return formatCursor({ id: seq, seq }, epoch);
}

/**
 * @param text - `<id>.<seq>-<epoch>`; one number stands for both; without an epoch it means this history.
 * @param path - where it stands.
 * @throws BoardError `bad-input` if it has another form.
 */
export function parseCursor(text: string, path = 'cursor'): Cursor {
  const form = /^(\d{1,15})(?:\.(\d{1,15}))?(?:-(\w{1,32}))?$/.exec(text);
  const id = Number(form?.[1]);
  const seq = Number(form?.[2] ?? form?.[1]);
  // Whoever knows a message knows it as of its own creation at least.
  if (!form || seq < id) throw badInput(path, 'is not a cursor; send one that the board gave, or 0');

  return { place: { id, seq }, epoch: form[3] ?? null };
}

/** Decides where a stream goes on from a cursor: the place to catch up from, or `reset` and why. */
export function resumeFrom({ place, epoch }: Cursor, clock: Clock): Resume {
  if (epoch !== null && epoch !== clock.epoch) return { kind: 'reset', reason: 'history' };
  if (place.seq > clock.seq) return { kind: 'reset', reason: 'ahead' };
  // A reader of nothing has nothing to forget, so 0 is never behind the horizon.
  if (place.id > 0 && place.seq < clock.horizon) return { kind: 'reset', reason: 'pruned' };

  return { kind: 'catch-up', place };
}

import type { Batch } from './batch.ts';
import type { Needs } from './needs.ts';
import type { MessageRow, UserRow } from './schema.ts';

/** A write that is decided under the lock. */
export interface Write<Result> {
  readonly needs: Needs;
  /** How many messages it makes, at most. */
  readonly rows: number;
  /** About how many bytes it writes. Default: few. */
  readonly bytes?: number;
  /** It is of an import, which has a board for itself, and may refuse halfway: then nothing of it is done. Default: `false`. */
  readonly fills?: boolean;
  /**
   * Checks and changes the batch. It throws a `BoardError` to refuse, before it has changed anything: a refused write
   * fails alone.
   */
  decide(batch: Batch): Result;
}

/** What one transaction has done: all ticks after `from` up to `to`. */
export interface Commit {
  readonly from: number;
  readonly to: number;
  readonly epoch: string;
  readonly horizon: number;
  readonly messages: readonly MessageRow[];
  /** The accounts that changed, as they are now. */
  readonly users: readonly UserRow[];
  /** Ticks that no message took. */
  readonly quiet: number;
}

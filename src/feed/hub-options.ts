import type { Change } from '../model/change.ts';
import type { Clock } from '../model/cursor.ts';
import type { Measure } from '../model/measure.ts';
import type { LookReads, ReadStretch } from './reading.ts';

/** What a hub is given to work with. */
export interface HubOptions {
  /** Where the board stands as the hub starts. */
  readonly clock: Clock;
  /** Reads where it stands now, whichever process wrote last. */
  readonly head: () => Promise<Clock>;
  readonly read: ReadStretch;
  /** The same, with all reads of one moment. */
  readonly snapshot: <Result>(body: (reads: LookReads) => Promise<Result>) => Promise<Result>;
  /** Runs when the database turns out to hold another history than before. */
  readonly onOtherHistory: () => void;
  /** Has to give the history another epoch: the database has lost commits that were told under this one. */
  readonly onLostCommits: (epoch: string) => Promise<void>;
  /** Hears of all that happens, in order, whoever may see it. */
  readonly onChange?: ((change: Change) => void) | undefined;
  readonly onMeasure: (measure: Measure) => void;
  /** Hears of a read that failed. Looks are tried again. */
  readonly onFault: (error: unknown) => void;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
}

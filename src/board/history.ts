import { randomInt } from 'node:crypto';
import type { Write } from '../store/write.ts';

/** Four characters tell one history of a board from another. */
export function newEpoch(): string {
  return randomInt(36 ** 3, 36 ** 4).toString(36);
}

/**
 * Says that what was told under `lost` is not what the database holds: it has lost commits, by a restored backup or a
 * failover. Every cursor of that time is void from now on, as its numbers will be used again.
 */
export function beginHistory(lost: string, epoch: string): Write<void> {
  return {
    rows: 1,
    needs: {},
    decide(batch) {
      // Another process may have noticed it first.
      if (batch.clock.epoch === lost) batch.clock.epoch = epoch;
    },
  };
}

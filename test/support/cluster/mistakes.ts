import type { CommitLog } from '../../../src/store/commit-log.ts';

/** What can be done wrong, for the test to see that it would be noticed. */
export const MISTAKES = ['log forgets', 'log says so', 'seq alone', 'deaf', 'keys ignored', 'clock unchecked'] as const;
export type Mistake = (typeof MISTAKES)[number];

/** The log of commits, or one that always knows the same. */
export function logOf(mistake: Mistake | null, log: CommitLog): Pick<CommitLog, 'note' | 'has'> {
  if (mistake !== 'log forgets' && mistake !== 'log says so') return log;
  return { note: (transaction, now) => log.note(transaction, now), has: async () => mistake === 'log says so' };
}

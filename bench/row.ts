import type { Workshop } from './workshop.ts';

export const roles = ['ours', 'limit', 'peer'] as const;
export type Role = (typeof roles)[number];

/** Loads (or looks at) one contestant for so many seconds and gives one figure, in the row's unit. */
export type Probe = (seconds: number) => Promise<number>;

/** Instead of a probe, or of a whole row: why this machine cannot offer it. */
export class LeftOut {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A role that does not exist for a row (no limit is known, nobody else offers it) is missing. */
export type Contestants = Partial<Record<Role, Probe | LeftOut>>;

/** One line of the table. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  /** Starts the contestants and leaves them running; the workshop ends them. */
  readonly start: (workshop: Workshop) => Promise<Contestants | LeftOut>;
}

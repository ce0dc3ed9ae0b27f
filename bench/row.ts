import type { Workshop } from './workshop.ts';

export const roles = ['ours', 'limit', 'peer'] as const;
export type Role = (typeof roles)[number];

/** Loads (or looks at) one contestant for so many seconds and gives a figure for each of the row's lines. */
export type Probe = (seconds: number) => Promise<readonly number[]>;

/** Instead of a probe, or of a whole row: why this machine cannot offer it. */
export class LeftOut {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A role that does not exist for a row (no limit is known, nobody else offers it) is missing. */
export type Contestants = Partial<Record<Role, Probe | LeftOut>>;

/** How good ours shall be, at least. */
export interface Goal {
  /** Ours itself. */
  readonly ours?: number;
  /** Ours by the limit, ours by the peer. */
  readonly limit?: number;
  readonly peer?: number;
}

/** One line of the table. */
export interface Line {
  readonly what: string;
  readonly unit: string;
  /** `less`: times and sizes, of which less is better. */
  readonly better: 'more' | 'less';
  readonly goal?: Goal;
}

/** What is measured together. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly lines: readonly Line[];
  /** Where a measurement takes long and nothing is warmed up: at most so many rounds. */
  readonly mostRounds?: number;
  /** Starts the contestants and leaves them running; the workshop ends them. */
  readonly start: (workshop: Workshop, scale: Scale) => Promise<Contestants | LeftOut>;
}

/** How many of so many readers or messages there are in this run: fewer, where only the mechanics are tried. */
export type Scale = (full: number) => number;

import type { Progress } from './progress.ts';
import { type Contestants, LeftOut, type Role, type Row, roles } from './row.ts';

export interface Settings {
  /** Of one measurement. */
  readonly seconds: number;
  /** How often each contestant is measured, the warm-up aside. */
  readonly rounds: number;
}

export interface Figure {
  readonly median: number;
  readonly rounds: readonly number[];
}

export type Figures = Partial<Record<Role, Figure>>;

/** Measures a row's contestants in turn, so that what else the machine does falls on all of them. */
export async function measure(
  row: Row,
  contestants: Contestants,
  { seconds, rounds }: Settings,
  progress: Progress,
): Promise<Figures> {
  const runners = roles.flatMap((role) => {
    const probe = contestants[role];
    return probe === undefined || probe instanceof LeftOut ? [] : [{ role, probe, figures: [] as number[] }];
  });

  for (let round = 0; round <= rounds; round += 1) {
    for (const { role, probe, figures } of runners) {
      progress.say(`${row.name}: ${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}, ${role}`);
      const figure = await probe(seconds);
      if (round > 0) figures.push(figure);
    }
  }
  return Object.fromEntries(runners.map(({ role, figures }) => [role, { median: median(figures), rounds: figures }]));
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;

  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

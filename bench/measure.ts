import type { Progress } from './progress.ts';
import { type Contestants, LeftOut, type Role, type Row, roles } from './row.ts';

export interface Settings {
  /** Of one measurement. */
  readonly seconds: number;
  /** How often each contestant is measured. */
  readonly rounds: number;
  /** How long (s) it is loaded before, until what it runs is compiled. */
  readonly warmUp: number;
}

export interface Figure {
  readonly median: number;
  readonly rounds: readonly number[];
}

/** Of one line. */
export type Figures = Partial<Record<Role, Figure>>;

/** Measures a row's contestants in turn, so that what else the machine does falls on all of them. Gives each line's figures. */
export async function measure(
  row: Row,
  contestants: Contestants,
  { seconds, rounds, warmUp }: Settings,
  progress: Progress,
): Promise<readonly Figures[]> {
  const runners = roles.flatMap((role) => {
    const probe = contestants[role];
    return probe === undefined || probe instanceof LeftOut
      ? []
      : [{ role, probe, rounds: [] as (readonly number[])[] }];
  });

  if (row.mostRounds === undefined) {
    for (const { role, probe } of runners) {
      progress.say(`${row.name}: warm-up, ${role}`);
      await probe(warmUp);
    }
  }
  const most = Math.min(rounds, row.mostRounds ?? rounds);
  for (let round = 1; round <= most; round += 1) {
    for (const { role, probe, rounds } of runners) {
      progress.say(`${row.name}: round ${round} of ${most}, ${role}`);
      rounds.push(await probe(seconds));
    }
  }
  return row.lines.map((_, line) =>
    Object.fromEntries(
      runners.map(({ role, rounds }) => {
        const figures = rounds.map((round) => round[line] ?? Number.NaN);
        return [role, { median: median(figures), rounds: figures }];
      }),
    ),
  );
}

export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;

  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

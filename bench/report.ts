import type { Figures } from './measure.ts';
import type { Row } from './row.ts';

export interface Result {
  readonly row: Row;
  readonly figures: Figures;
}

/** What a run could not do, or not as it should be done. */
export interface Omission {
  readonly what: string;
  readonly why: string;
}

/** The table, ready to print. */
export function table(results: readonly Result[]): string {
  const lines = [
    ['what', 'ours', 'limit', 'peer', 'ours/limit', 'ours/peer'],
    ...results.map(({ row, figures }) => {
      const ratios = ratiosOf(figures);

      return [
        `${row.what}, ${row.unit}`,
        amount(figures.ours?.median),
        amount(figures.limit?.median),
        amount(figures.peer?.median),
        ratio(ratios.oursToLimit),
        ratio(ratios.oursToPeer),
      ];
    }),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const aligned = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  const [head, ...body] = aligned.map((line) => line.join(' | ').trimEnd());

  return `${[head, widths.map((width) => '-'.repeat(width)).join('-|-'), ...body].join('\n')}\n`;
}

/** One result as it stands in the JSON file, with every round. */
export function record({ row, figures }: Result): object {
  return { name: row.name, what: row.what, unit: row.unit, ...figures, ...ratiosOf(figures) };
}

function ratiosOf({ ours, limit, peer }: Figures): { oursToLimit: number | null; oursToPeer: number | null } {
  return {
    oursToLimit: ours && limit ? ours.median / limit.median : null,
    oursToPeer: ours && peer ? ours.median / peer.median : null,
  };
}

function amount(figure: number | undefined): string {
  return figure === undefined ? '–' : figure.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function ratio(figure: number | null): string {
  return figure === null ? '–' : figure.toLocaleString('en', { maximumSignificantDigits: 3 });
}

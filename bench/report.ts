import type { Figures } from './measure.ts';
import type { Goal, Line, Row } from './row.ts';

/** A row, and the figures of each of its lines; of one that was left out there are none. */
export interface Result {
  readonly row: Row;
  readonly figures: readonly Figures[];
}

/** What a run could not do, or not as it should be done. */
export interface Omission {
  readonly what: string;
  readonly why: string;
}

/** The table, ready to print: in Markdown, aligned. */
export function table(results: readonly Result[]): string {
  const lines = [
    ['what', 'unit', 'ours', 'limit', 'peer', 'ours/limit', 'ours/peer', 'goal'],
    ...results.flatMap(({ row, figures }) =>
      row.lines.map((line, index) => {
        const of = figures[index] ?? {};
        const { oursToLimit, oursToPeer } = ratiosOf(of);
        return [
          line.what,
          line.unit,
          ...[of.ours?.median, of.limit?.median, of.peer?.median, oursToLimit, oursToPeer].map(amount),
          goalOf(line, of),
        ];
      }),
    ),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column < 2 || column === widths.length - 1;
  const aligned = lines.map((line) =>
    line.map((cell, column) =>
      isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    ),
  );
  const rule = widths.map((width, column) => (isText(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...body] = aligned;

  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** One result as it stands in the JSON file, with every round. */
export function record({ row, figures }: Result): object {
  return {
    name: row.name,
    lines: row.lines.map((line, index) => ({ ...line, ...figures[index], ...ratiosOf(figures[index] ?? {}) })),
  };
}

function ratiosOf({ ours, limit, peer }: Figures): { oursToLimit: number | undefined; oursToPeer: number | undefined } {
  return {
    oursToLimit: ours && limit && ours.median / limit.median,
    oursToPeer: ours && peer && ours.median / peer.median,
  };
}

/** What was to be reached, each with whether it was. */
function goalOf({ better, goal = {} }: Line, figures: Figures): string {
  const { oursToLimit, oursToPeer } = ratiosOf(figures);
  const reached = { ours: figures.ours?.median, limit: oursToLimit, peer: oursToPeer };
  const names = { ours: '', limit: ' of the limit', peer: ' × the peer' };
  return (Object.keys(names) as (keyof Goal)[])
    .filter((name) => goal[name] !== undefined)
    .map((name) => {
      const [wanted = Number.NaN, figure = Number.NaN] = [goal[name], reached[name]];
      const isMet = better === 'more' ? figure >= wanted : figure <= wanted;
      const mark = Number.isNaN(figure) ? '' : isMet ? ' ✓' : ' ✗';
      return `${better === 'more' ? '≥' : '≤'} ${amount(wanted)}${names[name]}${mark}`;
    })
    .join(', ');
}

function amount(figure: number | undefined): string {
  if (figure === undefined || Number.isNaN(figure)) return '–';
  return figure.toLocaleString('en', { maximumSignificantDigits: 3 });
}

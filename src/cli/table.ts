import stringWidth from 'string-width';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** At most so many columns of the terminal; the last one of a table has what is left. */
  readonly most: number;
}

const GAP = '  ';
const graphemes = new Intl.Segmenter();

/** Rows under each other, each in one line of the terminal, which come some at a time. */
export class Table<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #out: Pick<Output, 'columns' | 'style'>;
  #widths: readonly number[] | null = null;

  constructor(columns: readonly Column<Row>[], out: Output) {
    this.#columns = columns;
    this.#out = out;
  }

  /** The next rows as lines; before the first ones, the titles. */
  lines(rows: readonly Row[]): string {
    const texts = rows.map((row) => this.#columns.map(({ text }) => printable(text(row))));
    const titles = this.#widths ? [] : [this.#columns.map(({ title }) => title)];
    this.#widths = this.#columns.map(({ most }, index) =>
      Math.min(
        most,
        Math.max(this.#widths?.[index] ?? 0, ...[...titles, ...texts].map((line) => widthOf(line[index]))),
      ),
    );
    return [
      ...titles.map((line) => this.#out.style('bold', this.#line(line))),
      ...texts.map((line) => this.#line(line)),
    ]
      .map((line) => `${line}\n`)
      .join('');
  }

  #line(texts: readonly string[]): string {
    const widths = this.#widths ?? [];
    const fitted = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      return padded(cutTo(text, width), width);
    });
    return cutTo(fitted.join(GAP).trimEnd(), this.#out.columns);
  }
}

function widthOf(text = ''): number {
  return stringWidth(text);
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

/** As much of a text as so many columns of a terminal have room for. */
function cutTo(text: string, columns: number): string {
  let width = 0;
  let fitting = '';
  let taken = '';
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) return `${fitting}…`;
    taken += segment;
    if (width < columns) fitting = taken;
  }
  return taken;
}

import type { Store } from '../store/store.ts';
import type { Part } from '../store/whole.ts';
import { headerLine, messageLine, userLine } from './lines.ts';

/** Rows that are read and written at a time. */
const PAGE = 1000;

export interface ExportOptions {
  readonly part: Part;
  /** Whether accounts come with the hashes of their passwords. */
  readonly passwords: boolean;
  /** Takes some lines; what it returns is waited for, so no more is in memory than a page. */
  readonly write: (lines: string) => Promise<void>;
  /** Hears how many accounts and messages are written, and how many there are. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Writes a board as it is at one moment, an object of JSON a line: the header, accounts, messages, each by id. */
export function exportBoard(store: Store, { part, passwords, write, onProgress }: ExportOptions): Promise<void> {
  return store.whole(async (board) => {
    const extent = await board.extent(part);
    const total = extent.users + extent.messages;
    let done = 0;
    const writeAll = async <Row extends { readonly id: number }>(
      read: (after: number) => Promise<readonly Row[]>,
      lineOf: (row: Row) => object,
    ) => {
      for (let rows = await read(0); rows.length > 0; rows = await read(rows.at(-1)?.id ?? 0)) {
        await write(rows.map((row) => `${JSON.stringify(lineOf(row))}\n`).join(''));
        done += rows.length;
        onProgress(done, total);
      }
    };

    await write(`${JSON.stringify(headerLine(extent, part, passwords))}\n`);
    await writeAll(
      (after) => board.users(part, after, PAGE),
      (row) => userLine(row, part, passwords),
    );
    await writeAll((after) => board.messages(part, after, PAGE), messageLine);
  });
}

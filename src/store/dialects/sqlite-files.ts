import { backup, DatabaseSync } from 'node:sqlite';

/** Pages (of 4 KiB) that are copied before others have their turn. */
const AT_ONCE = 1000;

/**
 * Copies a database as it is at one moment, while others write to it. The copy is one file.
 *
 * @param onProgress - hears of pages.
 */
export async function copyOnline(
  from: string,
  to: string,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const source = new DatabaseSync(from, { timeout: 5000, readOnly: true });
  try {
    // A snapshot of its own, or the copy would begin anew with each commit of another process.
    source.exec('begin; select * from clock');
    await backup(source, to, {
      rate: AT_ONCE,
      progress: ({ totalPages, remainingPages }) => onProgress(totalPages - remainingPages, totalPages),
    });
  } finally {
    source.close();
  }
}

/** Makes sure that a file is a whole database, and leaves no log beside it. @throws Error that says what is amiss. */
export function checkWhole(file: string): void {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    const [first] = database.prepare('pragma integrity_check').all();
    const verdict = first?.['integrity_check'];
    if (verdict !== 'ok') throw new Error(`${file} is damaged: ${String(verdict)}`);
    database.exec('pragma journal_mode = delete');
  } finally {
    database.close();
  }
}

/** Whether a process has a board open. One that nobody has is left as a single file. */
export function isOpenElsewhere(file: string): boolean {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // To leave write-ahead logging takes a lock that nobody else has a part of.
    database.exec('pragma journal_mode = delete');
    return false;
  } catch (error) {
    const BUSY = 5;
    return error instanceof Error && 'errcode' in error && error.errcode === BUSY;
  } finally {
    database?.close();
  }
}

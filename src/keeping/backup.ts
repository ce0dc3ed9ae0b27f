import { existsSync } from 'node:fs';
import { copyFile, rm, stat } from 'node:fs/promises';
import { fileOf } from '../board/database-url.ts';
import { beginHistory, newEpoch } from '../board/history.ts';
import { BoardError } from '../model/errors.ts';
import { checkWhole, copyOnline, isOpenElsewhere } from '../store/dialects/sqlite-files.ts';
import type { Store } from '../store/store.ts';
import { withStore } from './open-store.ts';
import { replaceFile } from './replace-file.ts';

type OpenOptions = Parameters<typeof withStore>[1];

/**
 * Copies the board in a file of SQLite to another file, which is there, for its owner alone, once it is whole and on the disk. A server may
 * write meanwhile.
 *
 * @param onProgress - hears of pages of 4 KiB.
 * @throws Error if `to` is there already and not forced, or the copy is damaged.
 */
export async function backUp(
  database: string,
  to: string,
  isForced: boolean,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const from = sqliteFile(database);
  await replaceFile(to, isForced, async (partial) => {
    await copyOnline(from, partial, onProgress);
    checkWhole(partial);
  });
}

/**
 * Puts a backup in the place of a board, with a history of its own, as what was told since is gone.
 *
 * @throws Error if a process has that board open, it is there and not forced, or the backup is damaged or no board.
 */
export async function restore(file: string, database: string, isForced: boolean, options: OpenOptions): Promise<void> {
  const to = sqliteFile(database);
  if (!existsSync(file)) throw new Error(`there is no file ${file}.`);
  const log = await stat(`${file}-wal`).catch(() => null);
  if (log && log.size > 0)
    throw new Error(`${file} is no backup but a database with its log beside it. Back it up by msgboard backup first.`);
  if (existsSync(to) && isOpenElsewhere(to))
    throw new Error(
      `a process has the board in ${to} open. End it first: it would go on with what is no longer there.`,
    );

  await replaceFile(to, isForced, async (partial) => {
    await copyFile(file, partial);
    checkWhole(partial);
    await withStore(`sqlite:${partial}`, options, beginAnew);
    checkWhole(partial);
    for (const left of [`${to}-wal`, `${to}-shm`]) await rm(left, { force: true });
  });
}

/** Gives a board another history: whoever follows it starts over. Resolves with its name. */
export async function beginAnew(store: Store): Promise<string> {
  const { epoch: before } = await store.clock();
  let epoch = newEpoch();
  while (epoch === before) epoch = newEpoch();
  await store.write(beginHistory(before, epoch));
  return epoch;
}

function sqliteFile(database: string): string {
  const file = fileOf(database);
  if (file !== null) return file;
  throw new BoardError(
    'bad-input',
    'This is for boards in a file of SQLite. Other databases have programs of their own for it: see docs/backup.md.',
  );
}

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openBoard } from '../../src/index.ts';

/** A post or an edit that was answered. */
export interface Written {
  /** When the answer was there, in ms since 1970, or up to a millisecond before. */
  readonly ms: number;
  readonly seq: number;
  readonly id: number;
  readonly text: string;
}

/** The files of a board at some moment. */
export interface Image {
  readonly database: Buffer;
  readonly log: Buffer;
}

/**
 * What is wrong with a board that is started from these files: they are damaged, it holds anything but what the first so
 * many writes make, or it lacks one that was answered before `ms`.
 */
export async function faultsOfImage(
  dir: string,
  { database, log }: Image,
  writes: readonly Written[],
  ms: number,
): Promise<{ readonly faults: string[]; readonly head: number }> {
  const file = join(dir, 'image.db');
  for (const left of ['-wal', '-shm']) await rm(file + left, { force: true });
  await writeFile(file, database);
  await writeFile(`${file}-wal`, log);
  const integrity = integrityOf(file);
  let found: Found[] = [];
  const faults: string[] = [];
  try {
    found = await messagesIn(file);
  } catch (error) {
    faults.push(`it does not open: ${error}`);
  }
  const head = Math.max(0, ...found.map(({ seq }) => seq));
  if (integrity !== 'ok') faults.push(`damaged: ${integrity}`);
  if (JSON.stringify(found) !== JSON.stringify(madeBy(writes, head))) faults.push(`not what the first ${head} make`);
  const lost = writes.filter((written) => written.ms < ms && written.seq > head);
  if (lost.length > 0) faults.push(`${lost.length} answered writes are gone`);
  return { faults, head };
}

/** What SQLite itself says of a file: `ok`. */
export function integrityOf(file: string): unknown {
  const database = new DatabaseSync(file);
  try {
    return database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    database.close();
  }
}

type Found = Pick<Written, 'id' | 'seq' | 'text'>;

async function messagesIn(file: string): Promise<Found[]> {
  const board = await openBoard(`sqlite:${file}`, { create: false });
  const found: Found[] = [];
  try {
    for (;;) {
      const { messages } = await board.as().messages.list({ limit: 100, after: found.at(-1)?.id ?? 0 });
      if (messages.length === 0) return found;
      found.push(...messages.map(({ id, seq, text }) => ({ id, seq, text })));
    }
  } finally {
    await board.close();
  }
}

function madeBy(writes: readonly Written[], head: number): Found[] {
  const made = new Map<number, Found>();
  for (const { id, seq, text } of writes) if (seq <= head) made.set(id, { id, seq, text });
  return [...made.values()].sort((a, b) => a.id - b.id);
}

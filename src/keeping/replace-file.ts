import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/**
 * Has `make` fill a file, for its owner alone, beside the one that it takes the place of once it is whole and on the disk.
 *
 * @param isForced - whether what was there before is given up.
 * @throws Error if a file is there already and not forced, its folder is not, or whatever `make` throws: then all is as it was.
 */
export async function replaceFile(
  file: string,
  isForced: boolean,
  make: (partial: string) => Promise<void>,
): Promise<void> {
  if (existsSync(file) && !isForced) throw new Error(`${file} is there already. Name another, or add --force.`);
  if (!existsSync(dirname(file))) throw new Error(`there is no folder ${dirname(file)} to put ${basename(file)} into.`);
  const partial = `${file}.partial`;
  const made = await open(partial, 'w', 0o600);
  try {
    await made.close();
    await make(partial);
    await sync(partial);
    await rename(partial, file);
    await sync(dirname(file));
  } catch (error) {
    // Of a database there may be more than the file itself.
    for (const end of ['', '-wal', '-shm', '-journal']) await rm(partial + end, { force: true });
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

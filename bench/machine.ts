import { statfsSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { wrkVersion } from './wrk.ts';

/** Of Linux, from `man 2 statfs`: a file system in memory. */
const tmpfs = 0x01021994;

/** What the figures were taken on. */
export function machine(): object {
  return {
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memory: totalmem(),
    node: process.version,
    wrk: wrkVersion() ?? null,
  };
}

/** Whether files there never reach a disk, so that an fsync costs nothing. */
export function isInMemory(directory: string): boolean {
  return process.platform === 'linux' && statfsSync(directory).type === tmpfs;
}

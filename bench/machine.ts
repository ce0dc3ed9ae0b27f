import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { nginxVersion } from './nginx-version.ts';
import { wrkVersion } from './wrk.ts';

/** Of Linux, from `man 2 statfs`: a file system in memory. */
const tmpfs = 0x01021994;

interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  readonly memory: number;
  readonly node: string;
  readonly wrk: string | null;
  readonly nginx: string | null;
}

/** What the figures were taken on. */
export function machine(): Machine {
  return {
    system: `${type()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memory: totalmem(),
    node: process.version,
    wrk: wrkVersion() ?? null,
    nginx: nginxVersion() ?? null,
  };
}

export function sentenceOf({ system, processor, processors, memory, node, wrk, nginx }: Machine, taken: Date): string {
  const programs = [`Node.js ${node.slice(1)}`, wrk, nginx].filter((program) => program !== null).join(', ');
  return `Taken on ${taken.toISOString().slice(0, 10)}, on ${processors} processors (${processor}) with ${Math.round(memory / 2 ** 30)} GiB, ${system}; ${programs}.`;
}

/** Whether files there never reach a disk, so that an fsync costs nothing. */
export function isInMemory(directory: string): boolean {
  return process.platform === 'linux' && statfsSync(directory).type === tmpfs;
}

/** How many files (connections among them) a process may open here; Node.js and our own programs take what they may. */
export function mostFiles(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  return stdout.trim() === 'unlimited' ? 1_000_000 : Number(stdout);
}

/** What a process has in memory now, and had at most, in bytes. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return { now: 1024 * kilobytes('VmRSS'), most: 1024 * kilobytes('VmHWM') };
}

/** The seconds of processor that a process has used, all its threads together. */
export function processorOf(pid: number): number {
  // Of the fields behind the name, which may hold spaces, the 12th and 13th: in hundredths, as Linux always has them.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

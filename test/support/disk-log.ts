import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One thing that a program asked of the disk. */
export type DiskCall = { readonly path: string; readonly ms: number } & (
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'cut'; readonly size: number }
  /** One that failed: what was to be synced is not dirty any more, as on Linux, and may never get to the disk. */
  | { readonly kind: 'sync' | 'failed-sync' }
);

/**
 * What strace must run a program with so that {@link readDiskLog} understands what it writes.
 *
 * @param fault - of its syncs, as strace says it: `error=EIO:when=100+1`.
 */
export function diskLogging(log: string, fault?: string): readonly string[] {
  const calls = 'trace=pwrite64,ftruncate,fsync,fdatasync';
  const inject = fault === undefined ? [] : ['-e', `inject=fsync,fdatasync:${fault}`];
  return [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-y',
    '-xx',
    '-s',
    '65536',
    '-ttt',
    '-e',
    calls,
    ...inject,
    '-o',
    log,
  ];
}

/** What was asked of the disk and done, in order. */
export async function readDiskLog(log: string): Promise<DiskCall[]> {
  const calls: DiskCall[] = [];
  const begun = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(log) })) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const half = /^(.*) <unfinished \.\.\.>$/.exec(rest);
    if (half?.[1] !== undefined) {
      begun.set(pid, half[1]);
      continue;
    }
    const resumed = /<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const call = callOf(resumed ? `${begun.get(pid)}${resumed[1]}` : rest);
    if (call) calls.push(call);
  }
  return calls;
}

function callOf(text: string): DiskCall | null {
  const [, seconds, name, hexPath = '', args = '', result] =
    /^(\d+\.\d+) (\w+)\(\d+<([^>]*)>(?:, (.*))?\) += (\d+|-1 .*)(?: \((?:INJECTED|DELAYED)\))?$/.exec(text) ?? [];
  const call = { path: unhex(hexPath).toString(), ms: Number(seconds) * 1000 };
  const isFailed = result?.startsWith('-') ?? true;
  if (name === 'fsync' || name === 'fdatasync') return { ...call, kind: isFailed ? 'failed-sync' : 'sync' };
  if (isFailed) return null;
  if (name === 'ftruncate') return { ...call, kind: 'cut', size: Number(args) };
  if (name !== 'pwrite64') return null;

  const [, hex = '', length, at] = /^"([^"]*)", (\d+), (\d+)$/.exec(args) ?? [];
  const bytes = unhex(hex);
  if (bytes.length !== Number(length)) throw new Error(`strace has not told a whole write: ${text.slice(0, 200)}`);
  return { ...call, kind: 'write', at: Number(at), bytes };
}

function unhex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}

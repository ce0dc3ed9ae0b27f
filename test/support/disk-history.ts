import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { faultsOfImage, type Written } from './board-image.ts';
import type { Scope } from './cleanup.ts';
import { privateDir } from './daemon.ts';
import { temporaryDatabase } from './database.ts';
import { DiskFile } from './disk.ts';
import { DiskLoad } from './disk-load.ts';
import { type DiskCall, diskLogging, readDiskLog } from './disk-log.ts';
import { eventually } from './eventually.ts';
import { startProgram } from './program.ts';
import type { Random } from './random.ts';

/** What servers of a board asked of the disk while they had writers, and before. */
export interface DiskHistory {
  readonly calls: readonly DiskCall[];
  readonly database: string;
  readonly log: string;
  /** By their ticks. */
  readonly writes: readonly Written[];
  /** How many writes got 503. */
  readonly refused: number;
  /** From when on power may be cut, in ms since 1970. */
  readonly since: number;
}

export interface RecordingOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Of the first server's syncs, as strace says it. */
  readonly fault?: string;
  /**
   * What is waited for before the last 500 writes: `moved`, until the log has been moved into the file twice; `refused`,
   * until writes get 503; `killed`, until then too, whereupon the server is killed and another one started; `nothing`.
   */
  readonly until?: 'moved' | 'refused' | 'killed' | 'nothing';
}

/** Has a board written to, and records what it does with the disk. */
export async function recordDisk(scope: Scope, options: RecordingOptions = {}): Promise<DiskHistory> {
  const { env = {}, fault, until = 'moved' } = options;
  const { dir, file, url } = await temporaryDatabase(scope);
  const log = `${file}-wal`;
  const traces: string[] = [];
  const start = (its?: string) => {
    const trace = join(dir, `trace-${traces.length}.txt`);
    traces.push(trace);
    return startProgram(scope, ['--port', '0', '--database', url], { env, under: diskLogging(trace, its) });
  };

  let program = await start(fault);
  const load = new DiskLoad(await program.api.signUp('kitten'));
  load.start(program.api);
  await load.answers(1);
  let since = Date.now();
  if (until === 'moved') await movedTwice(log);
  if (until === 'refused' || until === 'killed') await load.refusals();
  if (until === 'killed') {
    await program.end('SIGKILL');
    await load.stop();
    program = await start();
    load.adopt(await program.api.board());
    since = Date.now();
    load.start(program.api);
  }
  await load.answers(500);
  const end = Date.now();
  await load.stop();
  assert.equal((await program.end('SIGTERM')).code, 0, program.output());

  const asked = await Promise.all(traces.map(readDiskLog));
  const calls = asked.flat().filter(({ path, ms }) => (path === file || path === log) && ms < end);
  const writes = load.writes.sort((a, b) => a.seq - b.seq);
  return { calls, database: file, log, writes, refused: load.refused, since };
}

async function movedTwice(log: string): Promise<void> {
  let [moves, size] = [0, 0];
  await eventually(async () => {
    const before = size;
    size = (await stat(log)).size;
    if (size < before) moves += 1;
    assert.ok(moves >= 2, 'the log is not moved into the file');
  });
}

/** What is wrong after power cuts at random moments. */
export async function cutPower(
  scope: Scope,
  history: DiskHistory,
  count: number,
  random: Random,
  onProgress: (sentence: string) => void = () => {},
): Promise<string[]> {
  const { calls, writes, since } = history;
  const dir = await privateDir(scope);
  const first = calls.findIndex(({ ms }) => ms > since);
  const moments = Array.from({ length: count }, () => first + random.below(calls.length - first));
  const faults: string[] = [];
  const files = diskFiles(history);
  let [next, done] = [0, 0];
  for (const moment of moments.sort((a, b) => a - b)) {
    for (; next < moment; next++) files.take(calls[next]);
    const image = { database: files.database.afterPowerCut(random), log: files.log.afterPowerCut(random) };
    const found = await faultsOfImage(dir, image, writes, calls[moment]?.ms ?? 0);
    faults.push(...found.faults.map((fault) => `cut at call ${moment}: ${fault}`));
    done += 1;
    if (done % 500 === 0) onProgress(`${done} of ${count} power cuts`);
  }
  return faults;
}

/** The files of a history, which take its calls one by one. */
export function diskFiles({ database, log }: DiskHistory) {
  const files = { database: new DiskFile(), log: new DiskFile() };
  return {
    ...files,
    take(call: DiskCall | undefined) {
      if (call?.path === database) files.database.take(call);
      if (call?.path === log) files.log.take(call);
    },
  };
}

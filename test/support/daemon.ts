import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, type Scope } from './cleanup.ts';
import { eventually } from './eventually.ts';
import { firstThere } from './settings.ts';

/** Database servers refuse to run as root. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** They keep their temporary files where they may write. */
function at(cwd: string) {
  return { ...NOBODY, cwd, env: { ...process.env, TMPDIR: cwd } };
}

/** A directory that is gone after the test, in memory where there is one: tests wait for disks more than they work. */
export async function privateDir(scope: Scope): Promise<string> {
  const dir = await mkdtemp(join(firstThere('/dev/shm') ?? tmpdir(), 'msgboard-server-'));
  if (NOBODY.uid !== undefined) await chown(dir, NOBODY.uid, NOBODY.gid);
  atEnd(scope, () => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs a program to its end. */
export async function runTool(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { ...at(cwd), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`);
}

interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Rejects as long as it does not answer. */
  readonly probe: () => Promise<unknown>;
}

/** A server of a test's own, which may be killed and started again. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | null = null;

  constructor(scope: Scope, options: DaemonOptions) {
    this.#options = options;
    atEnd(scope, () => this.end('SIGKILL'));
  }

  /** Resolves once it answers. */
  async start(): Promise<void> {
    const { command, args, cwd, probe } = this.#options;
    this.#child = spawn(command, args, { ...at(cwd), stdio: 'ignore' });
    await eventually(probe);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}

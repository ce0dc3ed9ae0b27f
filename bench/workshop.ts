import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a run works: its temporary directory and its processes, cleared away however the run ends. */
export class Workshop {
  readonly directory = mkdtempSync(join(tmpdir(), 'msgboard-bench-'));
  readonly #children = new Set<ChildProcess>();

  constructor() {
    process.once('exit', () => {
      for (const child of this.#children) kill(child);
      // A killed process may still be ending, with its files open: hence the retries.
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => process.exit(128 + constants.signals[signal]));
    }
  }

  /** A path in the temporary directory. */
  file(name: string): string {
    return join(this.directory, name);
  }

  /** Starts a process, in a group of its own: so that what it starts in its turn ends with it. */
  spawn(command: string, args: readonly string[], stdio: StdioOptions, env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(command, args, { stdio, env: { ...process.env, ...env }, detached: true });

    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    child.once('error', () => this.#children.delete(child));
    return child;
  }

  /** Ends every process; nothing of theirs needs to be saved. */
  async clear(): Promise<void> {
    await Promise.all(Array.from(this.#children, (child) => this.end(child)));
  }

  /** Ends one of them. */
  async end(child: ChildProcess): Promise<void> {
    if (!this.#children.has(child)) return;
    const exit = once(child, 'exit');
    kill(child);
    await exit;
  }
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // It has just ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

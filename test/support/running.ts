import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Scope } from './cleanup.ts';
import { eventually } from './eventually.ts';
import { start } from './snippets.ts';

/** A program of a document, which goes on until it is stopped. */
export interface Running {
  readonly child: ChildProcess;
  /** All that it has printed. */
  output(): string;
  /** Waits until this address answers, or the program has ended, which is a fault. */
  answers(url: string): Promise<void>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a command, which ends with the scope at the latest. */
export function started(
  scope: Scope,
  command: string,
  args: readonly string[],
  options: Parameters<typeof start>[3],
): Running {
  const child = start(scope, command, args, options);
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const output = () => Buffer.concat(printed).toString();

  return {
    child,
    output,
    async answers(url) {
      await eventually(async () => {
        if (child.exitCode === null) assert.ok((await fetch(url)).ok);
      });
      assert.equal(child.exitCode, null, output());
    },
    async end(signal) {
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
    },
  };
}

import { once } from 'node:events';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';
import { type Exit, type ProgramOptions, runProgram } from './program.ts';

/** A command that goes on. */
export interface Command {
  /** What is on its standard output so far. */
  printed(): string;
  /** What is on its standard error so far. */
  told(): string;
  /** Writes to its standard input. */
  write(text: string): void;
  /** Closes its standard input. */
  endInput(): void;
  /** Waits for the end. */
  ended(): Promise<Exit>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

export interface CommandOptions extends ProgramOptions {
  /** What it prints beyond so many bytes is read when it has ended, so that it has to wait. */
  readonly readsAtMost?: number;
}

/** Starts `msgboard` with these arguments; it ends with the scope at the latest. */
export function startCommand(
  scope: Scope,
  args: readonly string[],
  { readsAtMost = Number.POSITIVE_INFINITY, ...options }: CommandOptions = {},
): Command {
  const child = runProgram(args, { input: null, ...options });
  const parts: Buffer[] = [];
  const warnings: Buffer[] = [];
  let isEnding = false;
  child.stdout?.on('data', (chunk: Buffer) => {
    parts.push(chunk);
    if (!isEnding && printed().length >= readsAtMost) child.stdout?.pause();
  });
  child.stderr?.on('data', (chunk: Buffer) => warnings.push(chunk));
  const printed = () => Buffer.concat(parts).toString();
  const told = () => Buffer.concat(warnings).toString();
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const ended = async (): Promise<Exit> => {
    const [code, signal] = await within(closed, () => `an end; it said: ${told()}${printed()}`);
    return { code, signal };
  };
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    isEnding = true;
    child.stdout?.resume();
    return ended();
  };
  atEnd(scope, () => end('SIGKILL'));

  return {
    printed,
    told,
    write: (text) => child.stdin?.write(text),
    endInput: () => child.stdin?.end(),
    ended,
    end,
  };
}

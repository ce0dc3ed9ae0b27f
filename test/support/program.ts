import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Api } from './api.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/msgboard.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server as a process of its own. */
export interface Program {
  readonly url: string;
  readonly api: Api;
  /** Of what was started: with `under`, of that. */
  readonly pid: number;
  /** All that it has printed. */
  output(): string;
  send(signal: NodeJS.Signals): Promise<void>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A command that runs it: `['strace', '-f']`. */
  readonly under?: readonly string[];
  /** What its standard input holds; `null`: it stays open. */
  readonly input?: string | Uint8Array | null;
}

/** Starts `msgboard` with these arguments, but without limits, and waits until it says where it listens. */
export async function startProgram(
  scope: Scope,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Program> {
  const child = runProgram(args, options);
  let output = '';
  const exited = new Promise<Exit>((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
  atEnd(scope, async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    await send(child, options, 'SIGKILL');
    await within(exited, () => 'the end of a killed program');
  });
  const listening = new Promise<string>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      output += chunk.toString();
      const port = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(output)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
    child.on('close', (code, signal) => reject(new Error(`it ended (${code ?? signal}) and said: ${output}`)));
  });
  const url = await within(listening, () => `an address in: ${output}`);

  assert.ok(child.pid);

  return {
    url,
    api: new Api(url),
    pid: child.pid,
    output: () => output,
    send: (signal) => send(child, options, signal),
    end: async (signal) => {
      await send(child, options, signal);
      return within(exited, () => `an end after ${signal}; it said: ${output}`);
    },
  };
}

/** The environment in which the program runs with a file of `test/faults/preload`, most of which are faults. */
export function preloaded(fault: string): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=${new URL(`../faults/preload/${fault}.ts`, import.meta.url).href}` };
}

/** Runs `msgboard` to its end. `output` is all that it says, `printed` what is on its standard output. */
export async function runToEnd(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit & { output: string; printed: string }> {
  const child = runProgram(args, options);
  let output = '';
  let printed = '';
  const onData = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', onData);
  child.stdout?.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr?.on('data', onData);
  try {
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const [code, signal] = await within(ended, () => `an end; it said: ${output}`);
    return { code, signal, output, printed };
  } finally {
    child.kill('SIGKILL');
  }
}

/** Starts `msgboard`, and leaves all else to whoever called. */
export function runProgram(
  args: readonly string[],
  { env = {}, cwd, under = [], input }: ProgramOptions,
): ChildProcess {
  const [command, ...rest] = [...under, process.execPath, PROGRAM, ...args];
  assert.ok(command);
  // Settings of whoever runs the tests are not the program's.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:MSGBOARD_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/.test(name),
  );
  const options = {
    env: { ...Object.fromEntries(inherited), MSGBOARD_RATE_LIMIT: 'off', ...env },
    ...(cwd !== undefined && { cwd }),
  };

  const child = spawn(command, rest, { ...options, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  child.stdin?.on('error', () => {});
  if (input !== null) child.stdin?.end(input);
  return child;
}

async function send(child: ChildProcess, { under }: ProgramOptions, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined) return;
  if (!under) {
    child.kill(signal);
    return;
  }
  // A tracer keeps signals to itself; the program is its child.
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
  for (const pid of children.trim().split(' ').filter(Boolean)) process.kill(Number(pid), signal);
}

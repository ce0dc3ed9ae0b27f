import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Api } from './api.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/msgboard.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The server as a process of its own. */
export interface Program {
  readonly url: string;
  readonly api: Api;
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

  return {
    url,
    api: new Api(url),
    output: () => output,
    send: (signal) => send(child, options, signal),
    end: async (signal) => {
      await send(child, options, signal);
      return within(exited, () => `an end after ${signal}; it said: ${output}`);
    },
  };
}

/** Runs `msgboard` to its end. */
export async function runToEnd(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit & { output: string }> {
  const child = runProgram(args, options);
  let output = '';
  const onData = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', onData);
  child.stderr?.on('data', onData);
  try {
    const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const [code, signal] = await within(ended, () => `an end; it said: ${output}`);
    return { code, signal, output };
  } finally {
    child.kill('SIGKILL');
  }
}

function runProgram(args: readonly string[], { env = {}, cwd, under = [] }: ProgramOptions): ChildProcess {
  const [command, ...rest] = [...under, process.execPath, PROGRAM, ...args];
  assert.ok(command);
  // Settings of whoever runs the tests are not the program's.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:MSGBOARD_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/.test(name),
  );
  const options = {
    env: { ...Object.fromEntries(inherited), MSGBOARD_RATE_LIMIT: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'] as const,
  };

  return spawn(command, rest, { ...options, stdio: [...options.stdio], ...(cwd === undefined ? {} : { cwd }) });
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

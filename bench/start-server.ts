import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workshop } from './workshop.ts';

/** How long a server may take until it listens, in milliseconds: no figure, only the end of patience. */
const patience = 30_000;

/** How long (ms) to wait before it is tried again. */
const beat = 2;

export interface Server {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Kills it; resolves once it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a program as a server of its own and waits until it listens.
 *
 * @param args - the program's arguments, for the port that it is to take.
 * @param command - Default: this Node.js.
 * @throws if it ends or stays silent instead. What it wrote to stderr is on the terminal.
 */
export async function startServer(
  workshop: Workshop,
  name: string,
  args: (port: number) => readonly string[],
  env: NodeJS.ProcessEnv = {},
  command = process.execPath,
): Promise<Server> {
  const port = await freePort();
  const child = workshop.spawn(command, args(port), ['ignore', 'ignore', 'inherit'], env);

  const deadline = Date.now() + patience;
  while (!(await listens(port))) {
    if (hasEnded(child)) throw new Error(`${name} ended (${child.signalCode ?? child.exitCode}) before it listened`);
    if (Date.now() > deadline) throw new Error(`${name} did not listen on port ${port} within ${patience / 1000} s`);
    await sleep(beat);
  }
  if (child.pid === undefined) throw new Error(`${name} has no process`);
  return { url: `http://127.0.0.1:${port}`, port, pid: child.pid, stop: () => workshop.end(child) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');

  return port;
}

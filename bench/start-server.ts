import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workshop } from './workshop.ts';

/** How long a server may take until it listens, in milliseconds: no figure, only the end of patience. */
const patience = 30_000;

/**
 * Starts a Node.js program as a server of its own and waits until it listens.
 *
 * @param args - the program and its arguments, for the port that it is to take.
 * @returns its URL, without a slash at the end.
 * @throws if it ends or stays silent instead. What it wrote to stderr is on the terminal.
 */
export async function startServer(
  workshop: Workshop,
  name: string,
  args: (port: number) => string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const port = await freePort();
  const child = workshop.spawn(process.execPath, args(port), ['ignore', 'ignore', 'inherit'], env);

  const deadline = Date.now() + patience;
  while (!(await listens(port))) {
    if (hasEnded(child)) throw new Error(`${name} ended (${child.signalCode ?? child.exitCode}) before it listened`);
    if (Date.now() > deadline) throw new Error(`${name} did not listen on port ${port} within ${patience / 1000} s`);
    await sleep(20);
  }
  return `http://127.0.0.1:${port}`;
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

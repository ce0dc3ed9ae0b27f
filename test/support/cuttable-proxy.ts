import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from './cleanup.ts';

export interface CuttableProxy {
  readonly url: string;
  /** All that the server has sent through it. */
  passed(): string;
  /** Breaks all connections that are open now. */
  cut(): void;
  /** Breaks all that are open once the server has sent so many more bytes, in the middle of what it sends. `null`: no more. */
  cutAfter(bytes: number | null): void;
  /** How often `cutAfter` has done so. */
  cuts(): number;
}

/** A way to a server that can be broken at any moment, as a bad network does it. */
export async function startCuttableProxy(scope: Scope, to: string): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let passed = '';
  let left: number | null = null;
  let cuts = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(Number(new URL(to).port), new URL(to).hostname);
    keep(near);
    keep(far);
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      const isLast = left !== null && chunk.length > left;
      const part = isLast ? chunk.subarray(0, left ?? 0) : chunk;
      if (left !== null) left -= part.length;
      passed += part.toString();
      if (isLast) {
        left = null;
        cuts += 1;
        // What was sent before the cut arrives.
        near.write(part, cut);
      } else if (!near.write(part)) far.pause();
    });
    near.on('drain', () => far.resume());
    far.on('end', () => near.end());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const cutAfter = (bytes: number | null) => {
    left = bytes;
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(scope, async () => {
    cut();
    server.close();
    await once(server, 'close');
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    cut,
    cutAfter,
    cuts: () => cuts,
  };
}

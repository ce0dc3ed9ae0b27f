import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { atEnd, type Scope } from './cleanup.ts';

export interface CuttableProxy {
  readonly url: string;
  /** All that the server has sent through it. */
  passed(): string;
  /** Breaks all connections that are open now. */
  cut(): void;
}

/** A way to a server that can be broken at any moment, as a bad network does it. */
export async function startCuttableProxy(scope: Scope, to: string): Promise<CuttableProxy> {
  const sockets = new Set<Socket>();
  let passed = '';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(Number(new URL(to).port), new URL(to).hostname);
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    far.on('data', (chunk: Buffer) => {
      passed += chunk.toString();
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(scope, async () => {
    cut();
    server.close();
    await once(server, 'close');
  });

  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, passed: () => passed, cut };
}

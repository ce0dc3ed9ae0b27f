/** Makes a server on this machine as far away as one on another: `node far-away.ts PORT TARGET`. Each way takes a millisecond. */
import { connect, createServer, type Socket } from 'node:net';

const WAY = 1;

const [port, target] = process.argv.slice(2);

createServer({ noDelay: true }, (near) => {
  const far = connect({ port: Number(target), host: '127.0.0.1', noDelay: true });
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on('data', (chunk) => later(to, () => to.write(chunk)));
    from.on('close', () => later(to, () => to.destroy()));
    from.on('error', () => {});
  }
}).listen(Number(port), '127.0.0.1');

function later(socket: Socket, act: () => void): void {
  setTimeout(() => {
    if (!socket.destroyed) act();
  }, WAY);
}

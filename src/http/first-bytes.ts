import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Takes over a connection if what came first by it is to its liking. Otherwise `false`, and nothing was done. */
export type Take = (socket: Socket, first: Buffer) => boolean;

/** A connection that sends nothing for so long (ms) is the server's, with all its deadlines. */
const PATIENCE = 2000;

/**
 * Looks at what comes first by each connection of an HTTP server before its parser does. What is not taken goes to the
 * server as if nobody had looked.
 */
export class FirstBytes {
  readonly #waiting = new Set<Socket>();

  constructor(server: Server, take: Take) {
    // What Node itself does with a connection; who else is told of them is added later.
    const serve = server.listeners('connection');
    server.removeAllListeners('connection');

    server.on('connection', (socket: Socket) => {
      const settle = () => {
        this.#waiting.delete(socket);
        socket.off('data', look).off('end', hangUp).off('timeout', handOver).off('close', settle).setTimeout(0);
      };
      // Its parser would not hear of this end any more, and wait for what never comes.
      const hangUp = () => socket.destroy();
      const handOver = () => {
        settle();
        for (const listener of serve) listener.call(server, socket);
      };
      const look = (first: Buffer) => {
        settle();
        if (take(socket, first)) return;
        handOver();
        socket.emit('data', first);
      };
      this.#waiting.add(socket);
      // A connection that is reset is closed, too.
      socket.on('error', ignore);
      socket.setTimeout(PATIENCE).on('data', look).on('end', hangUp).on('timeout', handOver).on('close', settle);
    });
  }

  /** Hangs up on whoever has sent nothing. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }
}

function ignore(): void {}

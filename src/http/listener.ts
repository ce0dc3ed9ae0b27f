import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type Server as Door, type Socket } from 'node:net';

interface ListenerOptions {
  /** How many connections there may be, by all addresses together; `null`: without a bound. */
  readonly most: number | null;
  /** Hears of each connection that is one too many. */
  readonly onRefusal: () => void;
}

/** Where to listen. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

/**
 * Has a server listen on each address of its host: `localhost` may be 127.0.0.1 and ::1. It is one server that answers on
 * all of them, so that whatever it sees to, it sees to everywhere.
 */
export class Listener {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  /** For all addresses but the first. */
  readonly #doors: Door[] = [];
  #open = 0;
  #throughDoors = 0;

  constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#bound();
    server.on('drop', options.onRefusal);
    server.on('connection', (socket: Socket) => {
      this.#open += 1;
      socket.once('close', () => {
        this.#open -= 1;
      });
    });
  }

  /** @param first - listens on the first address; resolves with the port. */
  async listen({ host, port, backlog }: Place, first: (place: Place) => Promise<number>): Promise<void> {
    const [main = host, ...others] = await addressesOf(host);
    const same = await first({ host: main, port, backlog });
    await Promise.all(others.map((address) => this.#openDoor({ host: address, port: same, backlog })));
  }

  /** Takes no more connections. Resolves once those that are there have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => new Promise((resolve) => door.close(resolve))));
  }

  async #openDoor(place: Place): Promise<void> {
    const door = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#take(socket));
    try {
      await once(door.listen(place), 'listening');
      this.#doors.push(door);
    } catch {
      // A name may stand for an address that this machine has not, as ::1 where there is no IPv6.
    }
  }

  #take(socket: Socket): void {
    const { most, onRefusal } = this.#options;
    if (most !== null && this.#open >= most) {
      onRefusal();
      socket.destroy();
      return;
    }
    this.#throughDoors += 1;
    this.#bound();
    socket.once('close', () => {
      this.#throughDoors -= 1;
      this.#bound();
    });
    this.#server.emit('connection', socket);
  }

  /** Memory and file descriptors are for so many; whoever else comes is hung up on, and who is there is served. */
  #bound(): void {
    const { most } = this.#options;
    if (most !== null) this.#server.maxConnections = most - this.#throughDoors;
  }
}

/** Of a name for other machines it is for their network to say which address is meant: the first. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

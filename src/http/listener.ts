import cluster from 'node:cluster';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer, type Server as Door, type Socket } from 'node:net';

/**
 * How many sockets listen at each address, where they can share it. A turn of the event loop accepts one connection by each,
 * however long it takes to sync a commit in it, and each has a queue of its own, which Linux bounds at 4,096 by default.
 * With eight 10,000 readers come back in half the time of one. More gain less, and each takes 0.2 ms of a start.
 */
const DOORS = 16;

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
  /** Whether sockets that say so too may listen there as well. */
  readonly reusePort: boolean;
}

/**
 * Has a server listen on each address of its host: `localhost` may be 127.0.0.1 and ::1. It is one server that answers by
 * all doors, so that whatever it sees to, it sees to everywhere.
 */
export class Listener {
  readonly #server: Server;
  readonly #options: ListenerOptions;
  /** All that listens but the server itself. */
  readonly #doors: Door[] = [];
  /** All connections, by whichever door. */
  readonly #open = new Set<Socket>();
  #throughDoors = 0;

  constructor(server: Server, options: ListenerOptions) {
    this.#server = server;
    this.#options = options;
    this.#bound();
    server.on('drop', options.onRefusal);
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  /** @param first - listens on the first address; resolves with the port. */
  async listen(
    { host, port, backlog }: Omit<Place, 'reusePort'>,
    first: (place: Place) => Promise<number>,
  ): Promise<void> {
    const [main = host, ...others] = await addressesOf(host);
    let reusePort = port === 0 ? CAN_SHARE : await this.#claim(port);
    const same = await first({ host: main, port, backlog, reusePort });
    if (port === 0) reusePort = await this.#claim(same);

    const doors = [main, ...others].flatMap((address, index) => {
      const count = (reusePort ? DOORS : 1) - (index === 0 ? 1 : 0);
      return Array<Place>(count).fill({ host: address, port: same, backlog, reusePort });
    });
    await Promise.all(doors.map((place) => this.#openDoor(place)));
  }

  /** Takes no more connections. Resolves once those that are there have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => new Promise((resolve) => door.close(resolve))));
  }

  /** Hangs up on everybody, whatever they wait for. */
  hangUp(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /**
   * Whether this process alone may have several sockets at a port. To the kernel they could as well be those of a second
   * msgboard, started by mistake, which would then get a part of the connections. So it must be the first to take a name
   * in the kernel, which goes with it; whoever is not listens plainly, and is told that the port is taken.
   */
  async #claim(port: number): Promise<boolean> {
    if (!CAN_SHARE) return false;
    const claim = createServer((socket) => socket.destroy()).unref();
    try {
      await once(claim.listen(`\0msgboard at port ${port}`), 'listening');
    } catch {
      return false;
    }
    this.#doors.push(claim);
    return true;
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
    if (most !== null && this.#open.size >= most) {
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

/** Workers of a cluster share one socket as it is. */
const CAN_SHARE = process.platform === 'linux' && !cluster.isWorker;

/** Of a name for other machines it is for their network to say which address is meant: the first. */
async function addressesOf(host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host];
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}

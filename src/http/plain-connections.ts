import { Buffer } from 'node:buffer';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Direct } from './direct.ts';
import type { TakeStream } from './direct-stream.ts';
import { Outbox } from './outbox.ts';
import { PlainRequests } from './plain-request.ts';
import { KEEP_ALIVE, writeAnswer } from './socket-answer.ts';

/** Answer the plainest requests before they come to the routes; each says whether it does, and has done nothing if not. */
export interface Shortcuts {
  readonly answer: Direct;
  readonly stream: TakeStream;
}

/** How often (ms) connections are seen to for their age. */
const BEAT = 1000;

/** How many beats a connection may be silent: before its first request, from which on it is the server's, with all its deadlines; */
const FIRST = 2;

/** and between two, a beat or two more than it is told, as what it sends last may be on its way. */
const BETWEEN = KEEP_ALIVE + 2;

/**
 * Answers what comes by each connection of an HTTP server past its parser, which with all that it makes for a request takes
 * half of a GET's time, for as long as what comes is plain and one after the other. From the first request that is not, or did not
 * wait for the answer before it, the connection is the server's, as if nobody had looked.
 */
export class PlainConnections {
  readonly #connections = new Set<PlainConnection>();
  readonly #outbox = new Outbox();

  constructor(server: Server, shortcuts: Shortcuts) {
    // What Node itself does with a connection; who else is told of them is added later.
    const serve = server.listeners('connection');
    server.removeAllListeners('connection');

    server.on('connection', (socket: Socket) => {
      const connection: PlainConnection = new PlainConnection(socket, {
        ...shortcuts,
        outbox: this.#outbox,
        serve: () => {
          for (const listener of serve) listener.call(server, socket);
        },
        leave: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });

    // A timer for each, set anew by all that it reads and writes, was 2% of a POST.
    const beat = setInterval(() => {
      for (const connection of this.#connections) connection.age();
    }, BEAT).unref();
    server.on('close', () => clearInterval(beat));
  }

  /** Hangs up on whoever has been answered, or has sent nothing. */
  closeIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.destroy();
  }
}

interface ConnectionOptions extends Shortcuts {
  readonly outbox: Outbox;
  /** Has the server serve it from now on. */
  readonly serve: () => void;
  readonly leave: () => void;
}

class PlainConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #requests = new PlainRequests();
  /** What came while a request was being answered, a chunk at most. */
  #later: Buffer = NOTHING;
  #isAnswering = false;
  /** How many beats it may still be silent. */
  #beats = FIRST;
  #isUsed = false;
  #hasEnded = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    // A connection that is reset is closed, too.
    socket.on('error', ignore);
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#settle);
  }

  get isIdle(): boolean {
    return !this.#isAnswering && this.#socket.writableLength === 0;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** A beat has passed. */
  age(): void {
    if (!this.isIdle) return;
    this.#beats -= 1;
    if (this.#beats > 0) return;
    if (this.#isUsed) this.#socket.destroy();
    else this.#handOver(NOTHING);
  }

  readonly #onData = (bytes: Buffer) => {
    if (this.#isAnswering) this.#keep(bytes);
    else this.#look(bytes);
  };

  /** Nothing else is read until it is the server's. */
  #keep(bytes: Buffer): void {
    this.#later = bytes;
    this.#socket.pause();
  }

  #look(bytes: Buffer): void {
    const socket = this.#socket;
    const { answer, outbox, stream } = this.#options;
    // Who asks and does not read is the server's, too.
    const request = socket.writableNeedDrain ? null : this.#requests.read(bytes);
    const answering = request && answer(request, socket);
    if (answering) {
      this.#isAnswering = true;
      if (request.rest.length > 0) this.#keep(request.rest);
      const turn = outbox.turn();
      void answering(request.body, (given) =>
        outbox.send(turn, () => {
          writeAnswer(socket, given);
          this.#next();
        }),
      );
    } else if (request?.rest.length === 0 && stream(request, socket)) this.#settle();
    else this.#handOver(bytes);
  }

  #next(): void {
    this.#isAnswering = false;
    this.#isUsed = true;
    this.#beats = BETWEEN;
    if (this.#socket.destroyed) return;
    if (this.#later.length > 0) this.#handOver(this.#later);
    else if (this.#hasEnded) this.#socket.destroySoon();
  }

  readonly #onEnd = () => {
    this.#hasEnded = true;
    if (!this.#isAnswering) this.#socket.destroySoon();
  };

  #handOver(bytes: Buffer): void {
    this.#settle();
    this.#options.serve();
    const socket = this.#socket.resume();
    if (bytes.length > 0) socket.emit('data', bytes);
    // The server would not hear of it any more.
    if (this.#hasEnded) setImmediate(() => socket.emit('end'));
  }

  readonly #settle = () => {
    this.#options.leave();
    this.#socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#settle);
  };
}

const NOTHING = Buffer.alloc(0);

function ignore(): void {}

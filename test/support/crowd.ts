import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { atEnd, type Scope } from './cleanup.ts';

/** Opened at once, so that the queue of those whom the server has yet to accept does not run over. */
const AT_ONCE = 100;

const SSE = 'Accept: text/event-stream\r\n';

interface CrowdOptions {
  readonly count: number;
  /** Of the stream. */
  readonly path: string;
  /** Hears of what comes; `null`: it stays where it is, unread. */
  readonly onText: ((text: string, reader: number) => void) | null;
  /** Where they all come from. Default: from many addresses of this machine. */
  readonly address?: string;
  /** What they ask with, in lines. Default: `Accept: text/event-stream`. */
  readonly headers?: string;
}

/** Many readers of one stream, as cheap as can be. */
export class Crowd {
  readonly #url: URL;
  readonly #options: CrowdOptions;
  readonly #sockets: Socket[] = [];
  /** How many the server has cut off or ended. */
  gone = 0;

  constructor(scope: Scope, url: string, options: CrowdOptions) {
    this.#url = new URL(options.path, url);
    this.#options = options;
    atEnd(scope, () => this.leave());
  }

  get size(): number {
    return this.#sockets.length;
  }

  /** Resolves once all are answered, or at least have asked. */
  async come(): Promise<void> {
    while (this.#sockets.length < this.#options.count) {
      const missing = this.#options.count - this.#sockets.length;
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, missing) }, () => this.#open()));
    }
  }

  /** So many go, without a word. */
  async leave(count = this.#sockets.length): Promise<void> {
    const leaving = this.#sockets.splice(0, count).filter((socket) => !socket.closed);
    await Promise.all(
      leaving.map((socket) => {
        const closed = once(socket.removeAllListeners('close'), 'close');
        socket.destroy();
        return closed;
      }),
    );
  }

  async #open(): Promise<void> {
    const { hostname, port, pathname, search, host } = this.#url;
    const reader = this.#sockets.length;
    const { onText, address: localAddress = `127.0.0.${2 + (reader % 100)}`, headers = SSE } = this.#options;
    const socket = connect({ host: hostname, port: Number(port), localAddress });
    this.#sockets.push(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.gone += 1;
    });
    await once(socket, 'connect');
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`);
    if (!onText) return;
    const answered = once(socket, 'data');
    socket.setEncoding('latin1').on('data', (text: string) => onText(text, reader));
    await answered;
  }
}

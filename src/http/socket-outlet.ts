import type { OutgoingHttpHeaders } from 'node:http';
import type { Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Outlet } from '../model/board.ts';

/** How long (ms) a reader that takes nothing is borne: while it catches up, and when its stream has ended. */
const PATIENCE = 30_000;
const LAST_PATIENCE = 2000;

/**
 * Answers with a stream that has no end of its own. Over HTTP/1 it is written straight to the socket, so that one buffer
 * goes to all readers as it is: without a response object, and without chunks, the connection's end is the stream's.
 */
export function openOutlet(reply: FastifyReply, contentType: string): Outlet<Uint8Array> {
  const { raw, request } = reply;
  reply.headers({ 'content-type': contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  // A host may have set some of its own before.
  const headers = { ...raw.getHeaders(), ...reply.getHeaders() } as OutgoingHttpHeaders;
  reply.hijack();

  if (request.raw.httpVersionMajor > 1 || !raw.socket) {
    raw.writeHead(200, headers);
    return new StreamOutlet(raw);
  }
  const lines = Object.entries({ ...headers, date: new Date().toUTCString(), connection: 'close' }).flatMap(
    ([name, value]) => [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  const { socket } = raw;
  // What comes in the same breath (a page, and that it is live) goes with it: four writes were a fifth of a reader's cost.
  socket.cork();
  process.nextTick(() => socket.uncork());
  socket.write(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`);
  return new StreamOutlet(socket);
}

class StreamOutlet implements Outlet<Uint8Array> {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    // A reader that resets its connection is gone, which `close` says too.
    stream.on('error', () => {});
  }

  write(chunk: Uint8Array): void {
    this.#stream.write(chunk);
  }

  backlog(): number {
    return this.#stream.writableLength;
  }

  drained(): Promise<void> {
    const stream = this.#stream;
    if (!stream.writableNeedDrain || stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(() => this.cut(), PATIENCE).unref();
      // Nothing stays behind on the stream: a replay waits thousands of times.
      const end = () => {
        clearTimeout(patience);
        stream.off('drain', end).off('close', end);
        resolve();
      };
      stream.on('drain', end).on('close', end);
    });
  }

  end(): void {
    this.#stream.end();
    setTimeout(() => this.#stream.destroy(), LAST_PATIENCE).unref();
  }

  cut(): void {
    this.#stream.destroy();
  }

  onClose(listener: () => void): void {
    this.#stream.once('close', listener);
  }
}

import { Buffer } from 'node:buffer';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Outlet } from '../model/board.ts';
import type { Refusal } from './problem.ts';
import { answerHead } from './socket-answer.ts';

/** How long (ms) a reader that takes nothing is borne: while it catches up, and when its stream has ended. */
const PATIENCE = 30_000;
const LAST_PATIENCE = 2000;

/** Answers with a stream that has no end of its own. */
export function openOutlet(reply: FastifyReply, contentType: string): Outlet<Uint8Array> {
  const { raw, request } = reply;
  reply.headers(streamHeaders(contentType));
  // A host may have set some of its own before.
  const headers = { ...raw.getHeaders(), ...reply.getHeaders() };
  reply.hijack();

  if (request.raw.httpVersionMajor === 1 && raw.socket) return socketOutlet(raw.socket, headers);
  raw.writeHead(200, headers as OutgoingHttpHeaders);
  return new StreamOutlet(raw);
}

/** What the answer says of itself. */
export function streamHeaders(contentType: string) {
  return { 'content-type': contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' } as const;
}

/**
 * The same straight to the socket of HTTP/1, so that one buffer goes to all readers as it is: without a response object, and
 * without chunks, the connection's end is the stream's.
 */
export function socketOutlet(socket: Socket, headers: Headers): Outlet<Uint8Array> {
  // What comes in the same breath (a page, and that it is live) goes with it: four writes were a fifth of a reader's cost.
  socket.cork();
  process.nextTick(() => socket.uncork());
  socket.write(headOf(200, headers));
  return new StreamOutlet(socket);
}

/** Answers as a whole, and hangs up. */
export function endWith(socket: Socket, { status, headers, body }: Refusal): void {
  const outlet = new StreamOutlet(socket);
  outlet.write(Buffer.from(headOf(status, { ...headers, 'content-length': Buffer.byteLength(body) }) + body));
  outlet.end();
}

type Headers = Readonly<Record<string, number | string | readonly string[] | undefined>>;

function headOf(status: number, headers: Headers): string {
  const inTurn = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((each) => [name, `${each}`]),
  );
  return answerHead(status, inTurn, 'connection: close');
}

class StreamOutlet implements Outlet<Uint8Array> {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', ignore);
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
    // Whoever is gone already will not go again.
    if (this.#stream.destroyed) process.nextTick(listener);
    else this.#stream.once('close', listener);
  }
}

/** A reader that resets its connection is gone, which `close` says too. */
function ignore(): void {}

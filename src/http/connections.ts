import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BoardError } from '../model/errors.ts';
import { problemHeaders, problemOf, type Refusal } from './problem.ts';
import { endWith } from './socket-outlet.ts';
import { STANDING_HEADERS } from './standing-headers.ts';

/** Of each connection, the answers to what was asked on it, in order; those that are given go at its next request. */
const ANSWERS = new WeakMap<Socket, ServerResponse[]>();

/** Connections that end as soon as that is answered: nothing more that comes by them is done (RFC 9112, 9.6). */
const ENDING = new WeakSet<Socket>();

/** Takes no request after those that have come. */
export function takeNoMore(socket: Socket): void {
  ENDING.add(socket);
}

export function takesMore(socket: Socket): boolean {
  return !ENDING.has(socket);
}

/** Knows of a request until it is answered. Nobody is told when that is: a listener on each answer was 2% of a GET. */
export function watchExchange({ socket }: IncomingMessage, response: ServerResponse): void {
  const answers = ANSWERS.get(socket);
  if (!answers) return void ANSWERS.set(socket, [response]);
  while (answers[0]?.closed) answers.shift();
  answers.push(response);
}

/**
 * What is no HTTP, or too slow, gets one last answer: after those to the whole requests before it, whose sender would take
 * it for theirs, and an accepted write for a refused one.
 */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  // What comes after it is no HTTP either, and told of too.
  if (!takesMore(socket)) return;

  takeNoMore(socket);
  const open = (ANSWERS.get(socket) ?? []).filter(({ closed, req }) => !closed && req.complete);
  const answers = open.map((response) => new Promise((resolve) => response.once('close', resolve)));
  void Promise.all(answers).then(() => endWith(socket, refusalOf(error)));
}

function refusalOf({ code = '' }: NodeJS.ErrnoException): Refusal {
  const error = OF_PARSER[code] ?? new BoardError('bad-input', 'This is no HTTP request.');
  const problem = problemOf(error);
  const status = STATUS_OF_PARSER[code] ?? problem.status;
  const headers = { ...STANDING_HEADERS, ...problemHeaders(error, {}, false) };
  return { status, headers, body: JSON.stringify({ ...problem, status }) };
}

const OF_PARSER: Readonly<Record<string, BoardError>> = {
  HPE_HEADER_OVERFLOW: new BoardError('too-large', 'The headers are larger than 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: new BoardError('bad-input', 'The request took too long to arrive.'),
};

const STATUS_OF_PARSER: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

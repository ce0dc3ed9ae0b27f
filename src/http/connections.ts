import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BoardError, STATUS } from '../model/errors.ts';
import { problemHeaders, problemOf, STATUS_OF_PARSER } from './problem.ts';
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

/** What is no HTTP, or too slow, gets one last answer. */
export function refuseConnection({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  answerLast(
    socket,
    OF_PARSER[code] ?? new BoardError('bad-input', 'This is no HTTP request.'),
    STATUS_OF_PARSER[code],
  );
}

/** CONNECT asks for a way to somebody else (RFC 9110, 9.3.6). Node answers it by hanging up. */
export function refuseTunnel({ socket }: IncomingMessage): void {
  answerLast(socket.resume(), new BoardError('bad-input', 'This is no proxy, and opens no way to elsewhere.'));
}

/**
 * Answers after the answers to the whole requests before it, whose sender would take it for theirs, and an accepted write for
 * a refused one.
 */
function answerLast(socket: Socket, error: BoardError, status = STATUS[error.code]): void {
  // What comes after what was refused is refused too, and told of once.
  if (!takesMore(socket)) return;

  takeNoMore(socket);
  const open = (ANSWERS.get(socket) ?? []).filter(({ closed, req }) => !closed && req.complete);
  const answers = open.map((response) => new Promise((resolve) => response.once('close', resolve)));
  const headers = { ...STANDING_HEADERS, ...problemHeaders(error, {}, false) };
  const body = JSON.stringify({ ...problemOf(error), status });
  void Promise.all(answers).then(() => endWith(socket, { status, headers, body }));
}

const OF_PARSER: Readonly<Record<string, BoardError>> = {
  HPE_HEADER_OVERFLOW: new BoardError('too-large', 'The headers are larger than 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: new BoardError('bad-input', 'The request took too long to arrive.'),
};

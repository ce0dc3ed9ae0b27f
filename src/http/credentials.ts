import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Board, LocalClient, StreamClient } from '../model/board.ts';
import { BoardError } from '../model/errors.ts';
import { type Asked, cookieOf } from './cookie.ts';
import { hasHostUsers, hostClientOf } from './host-users.ts';
import { Limits } from './limits/limits.ts';

/** What a route that needs credentials takes, for the OpenAPI document. */
export const CREDENTIALS = [{ basic: [] }, { bearer: [] }, { cookie: [] }];

/** The same of one that does not need them. */
export const IF_ANY = [{}, ...CREDENTIALS];

/** What of a request tells who sends it. */
export interface Sender {
  readonly headers: IncomingHttpHeaders;
  readonly ip: string;
  /** The connection that it came by. */
  readonly socket: object;
}

/**
 * The client of whoever sends this request: as the host says, if it does; else of the `Authorization` header, else of the
 * cookie; nobody's without either.
 *
 * @throws BoardError `unauthorized` if there are credentials and they are wrong.
 */
export function clientOf(board: Board, request: FastifyRequest): Promise<LocalClient> {
  return remembered(request, findClient(board, request));
}

async function findClient(board: Board, request: FastifyRequest): Promise<LocalClient> {
  return hasHostUsers(request) ? hostClientOf(board, request) : clientBy(board, Limits.of(request), request);
}

/** The client of whoever sends a request of which no host says anything. */
export async function clientBy(board: Board, limits: Limits, sender: Sender & Asked): Promise<LocalClient> {
  const { authorization } = sender.headers;
  if (authorization !== undefined) return authorized(board, limits, sender, authorization);
  const token = cookieOf(sender);
  if (token === undefined) return board.as();
  return board.resume(token).catch((error: unknown) => {
    if (error instanceof BoardError) OF_COOKIES.add(error);
    throw error;
  });
}

/** Refusals of what came in a cookie. */
const OF_COOKIES = new WeakSet<BoardError>();

/** Whether it was for its cookie alone that a request was refused. A page cannot clear that, so the answer does. */
export function isOfCookie(error: unknown): boolean {
  return error instanceof BoardError && error.code === 'unauthorized' && OF_COOKIES.has(error);
}

/** Who has sent what, for the log. */
const SENDERS = new WeakMap<FastifyRequest, StreamClient>();

/** The client that was found for a request, if one was. */
export function knownClientOf(request: FastifyRequest): StreamClient | undefined {
  return SENDERS.get(request);
}

/** Keeps whoever is found for {@link knownClientOf}. */
export async function remembered<Found extends StreamClient>(
  request: FastifyRequest,
  finding: Promise<Found>,
): Promise<Found> {
  const client = await finding;
  SENDERS.set(request, client);
  return client;
}

/** The same of a request that has an `Authorization` header and no host to ask. */
export function authorized(
  board: Board,
  limits: Limits,
  sender: Sender,
  authorization: string,
): LocalClient | Promise<LocalClient> {
  const token = bearerOf(authorization);
  if (token !== null) return board.isOperator(token) ? board.asOperator() : board.resume(token);

  const last = LAST.get(sender.socket);
  const isKnown = last?.board === board && last.authorization === authorization && last.client.isKnownToHold;
  if (!isKnown) return logIn(board, limits, sender, authorization);
  // Who has used up their guesses is refused all the same.
  limits.checkGuesses(sender, last.username);
  return last.client;
}

interface LogIn {
  readonly board: Board;
  readonly authorization: string;
  readonly username: string;
  readonly client: LocalClient;
}

/**
 * Whom each connection last logged in by which header: mostly, the next request on it has the same, and to look whether it
 * does takes nothing (finding the log-in by a hash was a tenth of a POST).
 */
const LAST = new WeakMap<object, LogIn>();

async function logIn(board: Board, limits: Limits, sender: Sender, authorization: string): Promise<LocalClient> {
  const [username, password] = basicOf(authorization);
  const client = await limits.logIn(sender, username, (beforeHashing) =>
    board.logIn(username, password, { beforeHashing }),
  );
  LAST.set(sender.socket, { board, authorization, username, client });
  return client;
}

/** RFC 6750, 2.1; `null`: these are other credentials. */
function bearerOf(authorization: string): string | null {
  return /^bearer +(.*?) *$/i.exec(authorization)?.[1] ?? null;
}

/** RFC 7617: the name ends at the first colon, and both are UTF-8. */
function basicOf(authorization: string): [username: string, password: string] {
  const encoded = /^basic +([\w+/-]+=*) *$/i.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon === -1) {
    throw new BoardError(
      'unauthorized',
      'The Authorization header is neither Basic, a username and its password, nor Bearer, a token.',
    );
  }
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

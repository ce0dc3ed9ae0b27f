import type { FastifyRequest } from 'fastify';
import type { Board, LocalClient } from '../model/board.ts';
import { BoardError } from '../model/errors.ts';
import { cookieOf } from './cookie.ts';
import { hasHostUsers, hostClientOf } from './host-users.ts';
import { Limits } from './limits/limits.ts';

/** What a route that needs credentials takes, for the OpenAPI document. */
export const CREDENTIALS = [{ basic: [] }, { bearer: [] }, { cookie: [] }];

/**
 * The client of whoever sends this request: as the host says, if it does; else of the `Authorization` header, else of the
 * cookie; nobody's without either.
 *
 * @throws BoardError `unauthorized` if there are credentials and they are wrong.
 */
export async function clientOf(board: Board, request: FastifyRequest): Promise<LocalClient> {
  const { authorization } = request.headers;
  if (hasHostUsers(request)) return hostClientOf(board, request);
  if (authorization === undefined) {
    const token = cookieOf(request);
    return token === undefined ? board.as() : board.resume(token);
  }
  const token = bearerOf(authorization);
  if (token !== null) return board.isOperator(token) ? board.asOperator() : board.resume(token);

  const [username, password] = basicOf(authorization);
  return Limits.of(request).logIn(request, username, (beforeHashing) =>
    board.logIn(username, password, { beforeHashing }),
  );
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

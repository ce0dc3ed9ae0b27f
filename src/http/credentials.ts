import type { FastifyRequest } from 'fastify';
import type { Board, LocalClient } from '../model/board.ts';
import { BoardError } from '../model/errors.ts';

/**
 * The client of whoever sends this request: nobody's without credentials.
 *
 * @throws BoardError `unauthorized` if there are credentials and they are wrong.
 */
export async function clientOf(board: Board, { headers: { authorization } }: FastifyRequest): Promise<LocalClient> {
  if (authorization === undefined) return board.as();

  const [username, password] = basicOf(authorization);
  return board.logIn(username, password);
}

/** RFC 7617: the name ends at the first colon, and both are UTF-8. */
function basicOf(authorization: string): [username: string, password: string] {
  const encoded = /^basic +([\w+/-]+=*) *$/i.exec(authorization)?.[1];
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon === -1) {
    throw new BoardError(
      'unauthorized',
      'The Authorization header is not Basic credentials: a username and its password.',
    );
  }
  return [pair.slice(0, colon), pair.slice(colon + 1)];
}

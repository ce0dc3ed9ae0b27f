import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Board, LocalClient } from '../model/board.ts';
import { BoardError } from '../model/errors.ts';
import type { Guest } from '../model/user.ts';

/** Says who sends a request, by whatever the host knows them; `null`: nobody in particular. */
export type Authenticate<Request> = (request: Request) => Guest | null | undefined | Promise<Guest | null | undefined>;

const AUTHENTICATE = Symbol('authenticate');

/** Has the host say who somebody is. Accounts are its business then, so nobody signs up here. */
export function takeUsersFromHost(app: FastifyInstance, authenticate: Authenticate<FastifyRequest>): void {
  app.decorate(AUTHENTICATE, { value: authenticate });
  app.addHook('onRequest', (request, _, done) => {
    const isSignUp = request.method === 'POST' && request.routeOptions.url === `${app.prefix}/user`;
    done(
      isSignUp
        ? new BoardError('forbidden', 'Accounts are made by the application that this board is part of.')
        : undefined,
    );
  });
}

/** Whether the host says who somebody is. */
export function hasHostUsers({ server }: FastifyRequest): boolean {
  return server.hasDecorator(AUTHENTICATE);
}

/** The client of whoever the host says that it is. */
export async function hostClientOf(board: Board, request: FastifyRequest): Promise<LocalClient> {
  const { value: authenticate } = request.server.getDecorator<{ value: Authenticate<FastifyRequest> }>(AUTHENTICATE);
  const guest = await authenticate(request);
  if (!guest) return board.as();
  try {
    return await board.welcome(guest);
  } catch (error) {
    // The client can do nothing about it.
    if (!(error instanceof BoardError) || error.code !== 'bad-input') throw error;
    throw new Error(`authenticate() named somebody who cannot be a user: ${error.message}`, { cause: error });
  }
}

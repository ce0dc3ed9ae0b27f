import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { type UserDraft, UserDraft as UserDraftSchema } from '../../model/user.ts';
import { clientOf } from '../credentials.ts';

/** `/user`: sign up, and look somebody up. */
export const userRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.post<{ Body: UserDraft }>(
    '/user',
    {
      schema: {
        summary: 'Sign up',
        tags: ['users'],
        body: UserDraftSchema,
        response: { 201: { $ref: 'User#' }, '4xx': { $ref: 'Problem#' } },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      const user = await client.users.create(request.body);
      return reply.code(201).header('location', `user/${user.id}`).send(user);
    },
  );

  app.get<{ Params: { idOrName: string } }>(
    '/user/:idOrName',
    {
      schema: {
        summary: 'Look somebody up by id or username',
        tags: ['users'],
        params: {
          type: 'object',
          properties: { idOrName: { type: 'string', description: 'All digits: an id. Else a username.' } },
        },
        response: { 200: { $ref: 'User#' }, '4xx': { $ref: 'Problem#' } },
      },
    },
    async (request) => {
      const client = await clientOf(board, request);
      return client.users.get(request.params.idOrName);
    },
  );
};

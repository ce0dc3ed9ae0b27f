import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { UsersQuery } from '../../model/client.ts';
import { clientOf } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { linkHeader } from '../links.ts';
import { problems } from '../problem.ts';

/** `/users`: pages of users, and many at once. */
export const usersRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.get(
    '/users',
    {
      schema: {
        summary: 'List users, or look many of them up',
        description: 'By name. `Link` leads to the next page.',
        tags: ['users'],
        querystring: UsersQuery,
        response: { 200: { type: 'array', items: { $ref: 'User#' } }, ...problems('unauthorized', 'forbidden') },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      const { users, next } = await client.users.list(await inputOf(request, reply, UsersQuery.properties));
      const link = linkHeader({ next, prev: null });
      if (link !== null) reply.header('link', link);
      return reply.send(users);
    },
  );
};

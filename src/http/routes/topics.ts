import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { TopicsQuery } from '../../model/client.ts';
import { clientOf } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { linkHeader } from '../links.ts';
import { problems } from '../problem.ts';

/** `/topics`: pages of public topics. */
export const topicsRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  app.get(
    '/topics',
    {
      schema: {
        summary: 'List topics',
        description: 'Of public messages. `Link` and `Last-Event-ID` are as in the list of messages.',
        tags: ['topics'],
        querystring: TopicsQuery,
        response: { 200: { type: 'array', items: { $ref: 'Topic#' } }, ...problems('unauthorized', 'forbidden') },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      const page = await client.topics.list(await inputOf(request, reply, TopicsQuery.properties));
      const link = linkHeader(page);
      if (link !== null) reply.header('link', link);
      return reply.header('last-event-id', page.cursor).send(page.topics);
    },
  );
};

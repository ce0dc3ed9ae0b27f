import type { FastifyPluginAsync, RouteHandlerMethod } from 'fastify';
import type { Board } from '../../model/board.ts';
import { DeletionQuery, ListQuery } from '../../model/client.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { pageAnswer } from '../page-answer.ts';
import { problems } from '../problem.ts';
import { acceptQuery, alsoByQuery } from '../query-method.ts';

/** `/messages`: pages of messages, and deleting many. */
export const messagesRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  const list: RouteHandlerMethod = async (request, reply) => {
    const client = await clientOf(board, request);
    const { headers, body } = pageAnswer(
      await client.messages.list(await inputOf(request, reply, ListQuery.properties)),
    );
    reply.headers(headers);
    return body;
  };

  app.get(
    '/messages',
    {
      onRequest: acceptQuery,
      schema: {
        summary: 'List messages',
        description:
          '`Link` leads to the pages on either side; `Last-Event-ID` is where a stream goes on from this very page.',
        tags: ['messages'],
        querystring: ListQuery,
        response: {
          200: { type: 'array', items: { $ref: 'Message#' } },
          ...problems('unauthorized', 'forbidden'),
        },
      },
    },
    list,
  );
  alsoByQuery(app, '/messages', ListQuery, list);

  app.delete(
    '/messages',
    {
      schema: {
        summary: 'Delete up to 1,000 public messages',
        description:
          'Of a thread or of anybody, for moderators; of oneself, for everybody. Repeat it until it answers 0.',
        tags: ['messages'],
        security: CREDENTIALS,
        querystring: DeletionQuery,
        response: {
          200: { type: 'object', required: ['deleted'], properties: { deleted: { type: 'integer', minimum: 0 } } },
          ...problems('unauthorized', 'forbidden'),
        },
      },
    },
    async (request, reply) => {
      const client = await clientOf(board, request);
      return client.messages.deleteMany(await inputOf(request, reply, DeletionQuery.properties));
    },
  );
};

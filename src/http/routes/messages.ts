import type { FastifyPluginAsync, RouteHandlerMethod } from 'fastify';
import type { Board } from '../../model/board.ts';
import { DeletionQuery, ListQuery, type Page } from '../../model/client.ts';
import { messageJson } from '../../model/message.ts';
import { oncePer } from '../../model/once-per.ts';
import { CREDENTIALS, clientOf } from '../credentials.ts';
import { inputOf } from '../input.ts';
import { linkHeader } from '../links.ts';
import { problems } from '../problem.ts';
import { acceptQuery, alsoByQuery } from '../query-method.ts';
import { JSON_TYPE } from '../standing-headers.ts';

/** A page as JSON, made once however often it is asked for. */
const pageJson = oncePer((page: Page) => `[${page.messages.map(messageJson).join(',')}]`);

/** `/messages`: pages of messages, and deleting many. */
export const messagesRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  const list: RouteHandlerMethod = async (request, reply) => {
    const client = await clientOf(board, request);
    const page = await client.messages.list(await inputOf(request, reply, ListQuery.properties));
    const link = linkHeader(page);
    if (link !== null) reply.header('link', link);
    reply.header('last-event-id', page.cursor).header('content-type', JSON_TYPE);
    return pageJson(page);
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

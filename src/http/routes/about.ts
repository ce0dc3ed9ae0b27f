import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { BoardError } from '../../model/errors.ts';

/** How the API is described, and whether it works. */
export const aboutRoutes: FastifyPluginAsync<{ board: Board }> = async (app, { board }) => {
  const health = {
    schema: {
      tags: ['about'],
      response: {
        200: { type: 'object', properties: { status: { type: 'string', const: 'ok' } } },
        503: { $ref: 'Problem#' },
      },
    },
  } as const;

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());

  app.get('/health/live', { ...health, schema: { ...health.schema, summary: 'Is the process there' } }, async () => ({
    status: 'ok',
  }));

  for (const url of ['/health', '/health/ready']) {
    app.get(url, { ...health, schema: { ...health.schema, summary: 'Can it serve' } }, async () => {
      if (await board.isReady()) return { status: 'ok' };
      throw new BoardError('unavailable', 'The database does not answer.', { retryAfter: 2 });
    });
  }
};

import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { BoardError } from '../../model/errors.ts';

/** What is here, and whether it works. */
export const aboutRoutes: FastifyPluginAsync<{ board: Board; routes: readonly string[] }> = async (
  app,
  { board, routes },
) => {
  const health = {
    schema: {
      tags: ['about'],
      response: {
        200: { type: 'object', properties: { status: { type: 'string', const: 'ok' } } },
        503: { $ref: 'Problem#' },
      },
    },
  } as const;

  app.get('/', { schema: { summary: 'What is here', tags: ['about'] } }, async (request, reply) => {
    if (request.headers.accept?.includes('text/html')) return reply.redirect('docs');
    return { msgboard: routes, docs: 'docs', openapi: 'openapi.json' };
  });

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

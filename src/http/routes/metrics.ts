import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Board } from '../../model/board.ts';
import { BoardError } from '../../model/errors.ts';
import { clientOf } from '../credentials.ts';
import { isLoopback } from '../loopback.ts';
import type { Metrics } from '../metrics.ts';
import { problems } from '../problem.ts';

/** `/metrics`: how the board does, for Prometheus on this machine, and for the operator from anywhere. */
export const metricsRoutes: FastifyPluginAsync<{ board: Board; metrics: Metrics }> = async (
  app,
  { board, metrics },
) => {
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'How the board does, in the format of Prometheus',
        tags: ['about'],
        security: [{ bearer: [] }, {}],
        response: {
          200: { description: 'Numbers', content: { 'text/plain': { schema: { type: 'string' } } } },
          ...problems('unauthorized', 'forbidden'),
        },
      },
    },
    async (request, reply) => {
      if (!isFromHere(request) && !(await clientOf(board, request)).isOperator) {
        throw new BoardError('forbidden', 'Metrics are for this machine, and for the operator.');
      }
      return reply.header('content-type', metrics.contentType).send(await metrics.text());
    },
  );
};

/** What a proxy on this machine hands on does not come from here. */
function isFromHere({ socket, headers }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !isForwarded && isLoopback(socket.remoteAddress ?? '');
}

import type { FastifyPluginAsync } from 'fastify';
import type { Board } from '../../model/board.ts';
import { BoardError } from '../../model/errors.ts';
import { problemHeaders, problemOf, problems } from '../problem.ts';

interface AboutOptions {
  readonly board: Board;
  /** Whether it has been told to end, and only finishes what it has. */
  readonly isDraining: () => boolean;
}

const UNREADY = {
  draining: 'The server is about to end.',
  database: 'The database does not answer.',
} as const;

/** Whether it works. */
export const aboutRoutes: FastifyPluginAsync<AboutOptions> = async (app, { board, isDraining }) => {
  const ok = { type: 'object', required: ['status'], properties: { status: { type: 'string', const: 'ok' } } } as const;
  const reason = { type: 'string', enum: Object.keys(UNREADY) } as const;

  app.get(
    '/health/live',
    { schema: { summary: 'Is the process there', tags: ['about'], response: { 200: ok, ...problems() } } },
    async () => ({ status: 'ok' }),
  );

  for (const url of ['/health', '/health/ready']) {
    const withReason = { allOf: [{ $ref: 'Problem#' }, { type: 'object', properties: { reason } }] };
    const unready = { description: 'It cannot.', content: { 'application/problem+json': { schema: withReason } } };
    const schema = { summary: 'Can it serve', tags: ['about'], response: { 200: ok, ...problems(), 503: unready } };
    app.get(url, { schema }, async ({ headers }, reply) => {
      const why = isDraining() ? 'draining' : (await board.isReady()) ? null : 'database';
      if (why === null) return { status: 'ok' };
      // No fault to be logged at each probe: what is amiss is in the log already.
      const error = new BoardError('unavailable', UNREADY[why], { retryAfter: 2 });
      return reply
        .code(503)
        .headers(problemHeaders(error, headers, false))
        .send({ ...problemOf(error), reason: why });
    });
  }
};

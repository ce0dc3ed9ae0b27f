import { finished } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BoardError } from '../model/errors.ts';

/** The most bytes in the body of a bulk. */
export const MOST_BULK = 16 * 1024 * 1024;

/** As many bytes of bulks are held at once; parsed they take several times that. */
const MOST_HELD = 2 * MOST_BULK;

/** Refuses bulks while those under way fill the memory that is set aside for them. Runs before a body is read. */
export function bulkBudget(): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  let held = 0;

  return async ({ headers }, reply) => {
    const length = Number(headers['content-length'] ?? MOST_BULK);
    // More than that is refused before it is read.
    if (length > MOST_BULK) return;
    if (held + length > MOST_HELD) {
      throw new BoardError('unavailable', 'Many bulks are under way. Try again in a second.', { retryAfter: 1 });
    }
    held += length;
    finished(reply.raw, () => {
      held -= length;
    });
  };
}

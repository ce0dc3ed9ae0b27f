import type { FastifyRequest } from 'fastify';

/** The headers of a post, as the schema has them. */
export const postHeaders = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      maxLength: 255,
      description: 'However often it is sent, what it comes with is posted once.',
    },
  },
} as const;

/** The `Idempotency-Key` of a request; several are one odd key. */
export function keyOf({ headers }: FastifyRequest): string | undefined {
  const header = headers['idempotency-key'];
  return Array.isArray(header) ? header.join(', ') : header;
}

import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';

/** Lets routes have the method QUERY (RFC 10008). */
export function knowQuery(app: FastifyInstance): void {
  if (!app.supportedMethods.includes('QUERY')) app.addHttpMethod('QUERY', { hasBody: true });
}

/**
 * Gives `url` a QUERY that does the same as its GET, with input in a body, where it may be longer than in a URL. OpenAPI 3.1
 * has no word for it, so docs/api.md alone tells of it.
 *
 * @param querystring - the schema of the GET's.
 */
export function alsoByQuery(app: FastifyInstance, url: string, querystring: object, handler: RouteHandlerMethod): void {
  app.route({
    method: 'QUERY',
    url,
    schema: { querystring, hide: true },
    onRequest: acceptQuery,
    handler,
  });
}

/** Says that a resource can be asked by QUERY, and with what. */
export const ACCEPT_QUERY = { 'accept-query': 'application/json' } as const;

export function acceptQuery(_: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.headers(ACCEPT_QUERY);
  done();
}

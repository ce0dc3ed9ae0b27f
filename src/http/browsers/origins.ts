import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BoardError, badInput } from '../../model/errors.ts';

/** What only reads. Everything else is a write. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY']);

/** For these a browser asks first, and what it may send and see (Fetch, 3.2). */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, QUERY';
const SENT = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID';
const SEEN = 'Last-Event-ID, Link, Location, ETag, Retry-After';

/** How long (s) a browser need not ask again; none remembers it for longer than two hours. */
const MAX_AGE = 7200;

/**
 * Refuses writes that come from pages of other origins. A browser sends them with whatever credentials it has for this
 * board, or from within a network that others cannot enter, so it makes no difference which there are, if any.
 *
 * @param origins - whose pages may write all the same.
 */
export function refuseForeignWrites(app: FastifyInstance, origins: readonly string[]): void {
  const listed = new Set(origins);

  app.addHook('onRequest', (request, _, done) => {
    if (READS.has(request.method) || !isForeign(request) || listed.has(request.headers.origin ?? '')) done();
    else
      done(
        new BoardError(
          'forbidden',
          'A page of another origin may not write here, unless --cors or --origin lists its origin.',
        ),
      );
  });
}

/** By what a browser says of the page; a program says nothing. */
function isForeign({ headers: { 'sec-fetch-site': site, origin, host } }: FastifyRequest): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Over plain HTTP a browser sends only this. Behind a proxy the scheme is not known, so the rest decides.
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== host;
}

/** Lets pages of these origins read, and see what their writes are answered; credentials included. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const listed = new Set(origins);
  if (listed.size === 0) return;

  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined || !listed.has(origin)) return;
    reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true');
    if (isPreflight(request)) return answerPreflight(reply);
    reply.header('access-control-expose-headers', SEEN);
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': SENT,
      'access-control-max-age': MAX_AGE,
    })
    .send();
}

/**
 * @param setting - the name of the option, for people.
 * @returns the origins as browsers write them.
 * @throws BoardError `bad-input` if one is none.
 */
export function originsOf(setting: string, texts: readonly string[]): string[] {
  if (!Array.isArray(texts)) throw badInput(setting, "must be a list, such as ['https://chat.example']");
  return texts.map((text) => {
    const url = URL.parse(text);
    if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
    throw badInput(setting, `${text} is no origin; write it as https://chat.example`);
  });
}

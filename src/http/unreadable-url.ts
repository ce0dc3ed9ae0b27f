import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** How a router takes a path of any length, so that no name is too long to be told that nobody has it. */
export const ANY_PATH = { maxParamLength: Number.MAX_SAFE_INTEGER } as const;

/** What was asked for with a URL that cannot be read, and the URL. */
const UNREADABLE = new WeakMap<IncomingMessage, string>();

/**
 * Handles what the framework's router cannot read: it is routed all the same, its `%` taken for what they are, so that it goes
 * by all that every request goes by (whose Host, how often, what is answered with), until it is refused.
 */
export function routeUnreadable(_: Error, { raw, server }: FastifyRequest, reply: FastifyReply): void {
  const url = urlOf(raw);
  // An absolute URL can be none at all, as http://[x/ is.
  raw.url = UNREADABLE.has(raw) ? '/' : url.replaceAll('%', '%25');
  UNREADABLE.set(raw, url);
  server.routing(raw, reply.raw);
}

export function isUnreadable({ raw }: FastifyRequest): boolean {
  return UNREADABLE.has(raw) || isBadlyEncoded(urlOf(raw));
}

/** The URL of a request, as it came. */
export function urlOf(raw: IncomingMessage): string {
  return UNREADABLE.get(raw) ?? raw.url ?? '';
}

/** A query that cannot be read is read by halves. */
function isBadlyEncoded(url: string): boolean {
  if (!url.includes('%')) return false;
  try {
    decodeURIComponent(url);
    return false;
  } catch {
    return true;
  }
}

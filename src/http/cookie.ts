import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from '../model/session.ts';

/** A request, and where the board is mounted that it came to. */
export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly server: { readonly prefix: string };
}

/** Boards that are mounted side by side in one server do not share a log-in. */
export function cookieName({ server }: Pick<Asked, 'server'>): string {
  return `msgboard_session${server.prefix.replace(/\W+/g, '_')}`;
}

/** The token in a request's cookie. */
export function cookieOf(request: Asked): string | undefined {
  const { cookie } = request.headers;
  if (cookie === undefined) return undefined;
  const name = `${cookieName(request)}=`;
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(name))
    ?.slice(name.length);
}

const HTTPS_HOSTS = Symbol('hosts of HTTPS');

/** @param origins - what the board goes by: where that is by HTTPS, so is whoever comes there, though a host may not say so. */
export function knowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const urls = origins.map((origin) => new URL(origin)).filter(({ protocol }) => protocol === 'https:');
  app.decorate<ReadonlySet<string>>(HTTPS_HOSTS, new Set(urls.map(({ host }) => host)));
}

/** As a proxy says that is trusted, as the connection is, or as the board's own origin is. */
function isByHttps({ protocol, host, server }: FastifyRequest): boolean {
  return protocol === 'https' || server.getDecorator<ReadonlySet<string>>(HTTPS_HOSTS).has(host.toLowerCase());
}

/** Has a browser keep a session: out of the reach of scripts, and of requests that other sites make. */
export function setCookie(reply: FastifyReply, { token, expires }: Session): void {
  const { request } = reply;
  const secure = isByHttps(request) ? '; Secure' : '';
  reply.header('set-cookie', `${cookie(request, token, new Date(expires))}${secure}`);
}

export function clearCookie(reply: FastifyReply): void {
  reply.header('set-cookie', noCookie(reply.request));
}

/** The cookie that takes a session back; what comes by HTTPS may take a `Secure` one, too. */
export function noCookie(asked: Pick<Asked, 'server'>): string {
  return cookie(asked, '', new Date(0));
}

function cookie(asked: Pick<Asked, 'server'>, value: string, expires: Date): string {
  return `${cookieName(asked)}=${value}; Path=/; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Lax`;
}

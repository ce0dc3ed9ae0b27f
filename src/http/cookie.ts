import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
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

/** Has a browser keep a session: out of the reach of scripts, and of requests that other sites make. */
export function setCookie(reply: FastifyReply, { token, expires }: Session): void {
  const { request } = reply;
  // As a proxy says that is trusted, else as the connection is.
  const secure = request.protocol === 'https' ? '; Secure' : '';
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

import type { FastifyReply, FastifyRequest } from 'fastify';
import { knownClientOf } from './credentials.ts';
import type { Metrics } from './metrics.ts';
import type { RequestLog } from './request-log.ts';
import { urlOf } from './unreadable-url.ts';

/** What hears of each request once it is over: of a stream, too, and of what broke off. */
export interface Watchers {
  /** Counts what is asked and answered, and serves it at `/metrics`. Default: nothing is counted. */
  readonly metrics?: Metrics | undefined;
  /** Writes a line for each request. Default: the host logs its own. */
  readonly requestLog?: RequestLog | undefined;
}

/** As nginx has it: whoever asked was gone before there was an answer. */
export const GONE = 499;

/** Tells them of this request when it is over. (Fastify's onResponse hears of no stream, and of nothing that broke off.) */
export function watchAnswer({ metrics, requestLog }: Watchers, request: FastifyRequest, reply: FastifyReply): void {
  const start = performance.now();
  reply.raw.once('close', () => {
    const ms = performance.now() - start;
    const status = reply.sent ? reply.statusCode : GONE;
    metrics?.answered(request.method, request.routeOptions.url ?? 'none', status, ms / 1000);
    const { id, raw, ip } = request;
    const { method, headers } = raw;
    const username = knownClientOf(request)?.username ?? null;
    requestLog?.answered({ id, request: { method, url: urlOf(raw), headers }, status, ip, username }, ms);
  });
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from './limits.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'QUERY']);

/** What asks on behalf of whoever runs the board. */
const PROBES = ['/health', '/health/live', '/health/ready', '/metrics'];

/**
 * Limits the routes of `app`: reads here, the rest where it is known who asks for how much.
 *
 * @param proxyAdvice - what to do where a proxy is not trusted; `null`: the host says where requests come from.
 */
export function limit(app: FastifyInstance, limits: Limits, proxyAdvice: string | null): void {
  limits.addTo(app);

  const probes: ReadonlySet<string | undefined> = new Set(PROBES.map((url) => app.prefix + url));
  app.addHook('onRequest', (request, reply, done) => {
    if (READS.has(request.method) && !probes.has(request.routeOptions.url)) limits.read(request, reply);
    done();
  });
  if (proxyAdvice !== null) warnOfProxies(app, proxyAdvice);
}

/** Behind a proxy that is not trusted, everybody comes from one address, and has its limits together. */
function warnOfProxies(app: FastifyInstance, advice: string): void {
  let isSaid = false;
  app.addHook('onRequest', (request, _, done) => {
    if (!isSaid && isByStranger(request)) {
      isSaid = true;
      request.log.warn(
        `X-Forwarded-For comes from ${request.ip} and is ignored: if that is a proxy of yours, ${advice}`,
      );
    }
    done();
  });
}

/** Of the addresses that it came by, the framework tells those beyond the first where that is trusted. */
function isByStranger({ headers, ips = [] }: FastifyRequest): boolean {
  return headers['x-forwarded-for'] !== undefined && ips.length < 2;
}

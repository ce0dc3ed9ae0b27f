import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from './limits.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'QUERY']);

/** What asks on behalf of whoever runs the board. */
const PROBES = ['/health', '/health/live', '/health/ready', '/metrics'];

/** Limits the routes of `app`: reads here, the rest where it is known who asks for how much. */
export function limit(app: FastifyInstance, limits: Limits): void {
  limits.addTo(app);

  const probes: ReadonlySet<string | undefined> = new Set(PROBES.map((url) => app.prefix + url));
  app.addHook('onRequest', (request, reply, done) => {
    if (READS.has(request.method) && !probes.has(request.routeOptions.url)) limits.read(request, reply);
    done();
  });
  warnOfProxies(app);
}

/** Behind a proxy that is not trusted, everybody comes from one address, and has its limits together. */
function warnOfProxies(app: FastifyInstance): void {
  let isSaid = false;
  app.addHook('onRequest', (request, _, done) => {
    if (!isSaid && isByProxy(request)) {
      isSaid = true;
      request.log.warn(
        `X-Forwarded-For comes from ${request.ip} and is ignored: if that is a proxy of yours, name it with --trust-proxy`,
      );
    }
    done();
  });
}

function isByProxy({ headers, ip, socket }: FastifyRequest): boolean {
  return headers['x-forwarded-for'] !== undefined && ip === socket.remoteAddress;
}

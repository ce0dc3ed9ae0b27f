import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BoardError } from '../../model/errors.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/**
 * Refuses requests for foreign hosts. Whoever owns a domain can point it at this machine, and to a browser a page of
 * theirs is then of the board's own origin (DNS rebinding); only the name in `Host` gives it away. A server that other
 * machines reach has names that it cannot know, so there the check begins with the first origin that it is told.
 *
 * @param origins - what it goes by, besides the names of this machine.
 */
export function refuseForeignHosts(app: FastifyInstance, origins: readonly string[]): void {
  const names = new Set(origins.map((origin) => new URL(origin).hostname));
  let isPrivate: boolean | undefined;

  const isOurs = (name: string): boolean => {
    if (LOOPBACK.test(name) || names.has(name)) return true;
    isPrivate ??= listensOnLoopback(app);
    // Nobody can rebind an address, and a load balancer's probe has nothing else.
    return !isPrivate && (names.size === 0 || isAddress(name));
  };
  app.addHook('onRequest', (request, _, done) => {
    const name = hostnameOf(request);
    if (name === undefined || isOurs(name)) done();
    else done(new BoardError('wrong-host', `This board does not go by the name ${name}; --origin gives it others.`));
  });
}

/** What `Host` says, in lower case and without the port. */
function hostnameOf({ headers: { host } }: FastifyRequest): string | undefined {
  return host?.replace(/:\d*$/, '').toLowerCase();
}

function listensOnLoopback(app: FastifyInstance): boolean {
  const addresses = app.addresses();
  return addresses.length > 0 && addresses.every((each) => typeof each === 'object' && LOOPBACK.test(each.address));
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

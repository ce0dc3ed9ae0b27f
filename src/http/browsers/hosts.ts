import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { BoardError } from '../../model/errors.ts';
import { isLoopback } from '../loopback.ts';

/**
 * Tells whether a name in `Host` is one that the board goes by. Whoever owns a domain can point it at this machine, and to
 * a browser a page of theirs is then of the board's own origin (DNS rebinding); only that header gives it away. A server
 * that other machines reach has names that it cannot know, so there the check begins with the first origin that it is told.
 *
 * @param origins - what it goes by, besides the names of this machine.
 */
export function ownHosts(app: FastifyInstance, origins: readonly string[]): (host: string) => boolean {
  const names = new Set(origins.map((origin) => new URL(origin).hostname));
  let isPrivate: boolean | undefined;

  return (host) => {
    // As two headers are seen, or one that names two.
    if (host.includes(',')) return false;
    const name = hostnameOf(host);
    if (name === 'localhost' || isLoopback(name.replace(/^\[|\]$/g, '')) || names.has(name)) return true;
    isPrivate ??= listensOnLoopback(app);
    // Nobody can rebind an address, and a load balancer's probe has nothing else.
    return !isPrivate && (names.size === 0 || isAddress(name));
  };
}

export function refuseForeignHosts(app: FastifyInstance, isOurs: (host: string) => boolean): void {
  app.addHook('onRequest', ({ headers: { host } }, _, done) => {
    if (host === undefined || isOurs(host)) return done();
    const name = hostnameOf(host);
    return done(new BoardError('wrong-host', `This board does not go by the name ${name}; --origin gives it others.`));
  });
}

/** In lower case and without the port. */
function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

function listensOnLoopback(app: FastifyInstance): boolean {
  const addresses = app.addresses();
  return addresses.length > 0 && addresses.every((each) => typeof each === 'object' && isLoopback(each.address));
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

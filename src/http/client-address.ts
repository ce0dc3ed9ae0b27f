import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { badInput } from '../model/errors.ts';

/** Tells the address that a request comes from; `null`: through a proxy that is not trusted, so nobody knows. */
export type ClientAddress = (socket: Socket, headers: IncomingHttpHeaders) => string | null;

/** @throws BoardError `bad-input` on `trustProxy`, if one of these is no address, no network and no name of some. */
export function checkProxies(proxies: readonly string[]): void {
  if (!Array.isArray(proxies))
    throw badInput('trustProxy', "must be a list of addresses and networks, such as ['127.0.0.1', '10.0.0.0/8']");
  for (const proxy of proxies) {
    try {
      proxyAddr.compile([proxy]);
    } catch {
      throw badInput('trustProxy', `${proxy} is no address. Use one such as 127.0.0.1, or a network: 10.0.0.0/8`);
    }
  }
}

/**
 * As the framework tells it of its own requests.
 *
 * @param proxies - whose `X-Forwarded-For` is believed.
 */
export function clientAddresses(proxies: readonly string[]): ClientAddress {
  const isTrusted = proxies.length > 0 ? proxyAddr.compile([...proxies]) : () => false;

  return (socket, headers) => {
    const { remoteAddress = '' } = socket;
    if (headers['x-forwarded-for'] === undefined) return remoteAddress;
    if (!isTrusted(remoteAddress, 0)) return null;
    const request = new IncomingMessage(socket);
    request.headers = headers;
    return proxyAddr(request, isTrusted);
  };
}

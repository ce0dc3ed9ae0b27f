import { isIPv4, isIPv6 } from 'node:net';

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 one, as every household has that many.
 *
 * @param ip - a socket's, which has none once it is closed, or what a proxy says of one, maybe with a port. What is no address at all is
 *   all one.
 */
export function addressOf(ip = ''): string {
  if (isIPv4(ip)) return ip;
  const v4 = /^(?:\[?::ffff:)?(\d+\.\d+\.\d+\.\d+)\]?(?::\d+)?$/i.exec(ip)?.[1];
  if (v4 !== undefined && isIPv4(v4)) return v4;
  const v6 = ip.replace(/^\[(.*)\](?::\d+)?$/, '$1').replace(/%.*$/, '');
  return isIPv6(v6) ? networkOf(v6) : 'unknown';
}

/** The first four of eight groups, in one spelling. `::` stands for as many zeros as are missing. */
function networkOf(v6: string): string {
  const [head = [], tail = []] = v6.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const written = head.length + tail.length + (v6.includes('.') ? 1 : 0);
  const groups = [...head, ...Array.from({ length: 8 - written }, () => '0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

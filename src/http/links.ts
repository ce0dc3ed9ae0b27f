import { queryString } from '../model/query-string.ts';

/** A longer `Link` would not fit through every proxy. */
const MOST_LENGTH = 2048;

/** The queries of the pages on either side. */
interface Neighbours {
  readonly next: object | null;
  readonly prev: object | null;
}

/** The `Link` header (RFC 8288) of a page, relative to its own URL; `null`: there is no other page, or it got too long. */
export function linkHeader({ next, prev }: Neighbours): string | null {
  const links = [
    ...(next ? [`<?${queryString(next)}>; rel="next"`] : []),
    ...(prev ? [`<?${queryString(prev)}>; rel="prev"`] : []),
  ].join(', ');
  return links === '' || links.length > MOST_LENGTH ? null : links;
}

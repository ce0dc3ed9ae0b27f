import type { RouteOptions } from 'fastify';
import { IF_ANY } from './credentials.ts';
import { anyProblem } from './problem.ts';

interface Header {
  readonly description: string;
  /** Which answers have it, as in `GET /message/:id 200`. */
  readonly of: RegExp;
}

/** Reads but for those of probes, messages, edits and sign-ups, once it is known that they are for this board. */
const COUNTED = /^(?:GET \/(?!health|metrics)|POST \/(?:user|messages?) |PUT )(?!.*\b(?:421|default)$)/;

/** What answers have at times, besides what they always say of themselves. */
const HEADERS: Readonly<Record<string, Header>> = {
  'Accept-Encoding': { description: 'To a compressed body: that none is read.', of: / 415$/ },
  'Accept-Query': {
    description: 'The type of a body that QUERY takes here.',
    of: /^GET \/(?:messages|stream) (?!421|429|default)/,
  },
  Allow: { description: 'Of a 405: what can be used.', of: / default$/ },
  ETag: {
    description: 'Names this version, for `If-None-Match` and `If-Match`.',
    of: /^(?:GET|PUT) \/message\/:id (?:200|304)$|^POST \/message 201$/,
  },
  'Last-Event-ID': {
    description: 'The cursor of this moment, for a stream to go on from. Of a stream itself: of polls.',
    of: /^GET \/(?:messages|topics|stream) 200$/,
  },
  Link: { description: 'The pages on either side (RFC 8288).', of: /^GET \/(?:messages|topics|users) 200$/ },
  Location: { description: 'Where it is, relative to here.', of: /^POST \/(?:user|message) 201$|^GET \/ 302$/ },
  RateLimit: { description: 'How the limit stands that this counts for.', of: COUNTED },
  'RateLimit-Policy': { description: 'What that limit is.', of: COUNTED },
  'Retry-After': { description: 'After how many seconds to try again.', of: / (?:429|503)$/ },
  'Set-Cookie': {
    description: 'The session, or that it has ended.',
    of: /^POST \/session 201$|^DELETE \/(?:session|user) 204$| 401$/,
  },
  'WWW-Authenticate': { description: 'Which credentials would do.', of: / 401$/ },
  'X-Request-Id': { description: 'What the log of the server calls this request.', of: / 50\d$/ },
};

/**
 * A route as the document has it: with what its answers have in common with those of others, or what is decided before any
 * route is asked.
 *
 * @param prefix - where the board is mounted.
 */
export function described(
  { method, url, schema = {} }: RouteOptions,
  prefix: string,
): Pick<RouteOptions, 'method' | 'url' | 'schema'> {
  const route = `${method} ${url.slice(prefix.length) || '/'}`;
  const answers: Readonly<Record<string, object>> = { ...(schema.response ?? {}), default: anyProblem };
  const response = Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      { ...answer, headers: headersOf(`${route} ${status}`) },
    ]),
  );
  // Whether it works, and what is here, is told whoever asks.
  const security = schema.security ?? (schema.tags?.includes('about') ? [] : IF_ANY);
  return { method, url, schema: { ...schema, security, response } };
}

function headersOf(answer: string): Readonly<Record<string, object>> {
  const sent = Object.entries(HEADERS).filter(([, { of }]) => of.test(answer));
  return Object.fromEntries(sent.map(([name, { description }]) => [name, { type: 'string', description }]));
}

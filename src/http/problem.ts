import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyBaseLogger, FastifyError, FastifyReply } from 'fastify';
import { BoardError, type ErrorCode, STATUS } from '../model/errors.ts';
import { clearCookie } from './cookie.ts';
import { isOfCookie } from './credentials.ts';
import { hasHostUsers } from './host-users.ts';

const TITLES = {
  'bad-input': 'Bad input',
  unauthorized: 'Credentials needed',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  'method-not-allowed': 'Method not allowed',
  taken: 'Already taken',
  'precondition-failed': 'Changed meanwhile',
  'too-large': 'Too large',
  'unsupported-media-type': 'Unsupported media type',
  'wrong-host': 'Wrong host',
  'key-reused': 'Key used for something else',
  'too-many': 'Too many requests',
  internal: 'Fault of the server',
  unavailable: 'Not available now',
} satisfies Record<ErrorCode, string>;

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** What is refused before it is known for a request, by the parser's code: its status is one of HTTP's own. */
export const STATUS_OF_PARSER: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

const CODES = Object.keys(TITLES) as ErrorCode[];

export const ProblemSchema = {
  title: 'Problem',
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', enum: CODES.map(typeOf), description: 'Names the kind of problem.' },
    title: { type: 'string' },
    status: { type: 'integer', enum: [...CODES.map((code) => STATUS[code]), ...Object.values(STATUS_OF_PARSER)] },
    detail: { type: 'string', description: 'What was wrong, and what to do.' },
    errors: {
      type: 'array',
      description: 'Of bad input: each field at fault.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;

/** Whatever is asked for may be refused for its form, its size, its Host, too often, or now; or it fails. */
const ANYWHERE = [
  'bad-input',
  'too-large',
  'unsupported-media-type',
  'wrong-host',
  'too-many',
  'internal',
  'unavailable',
] as const;

const CONTENT = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };

/** The response to what comes to no route, for the OpenAPI document. */
export const anyProblem = {
  description:
    '405: the resource has no such method. 408: the request was too slow to arrive. 431: its headers are too large.',
  content: CONTENT,
};

/** The responses of a route that refuses for these reasons too, for the OpenAPI document. */
export function problems(...codes: readonly ErrorCode[]): Readonly<Record<number, object>> {
  return Object.fromEntries(
    [...ANYWHERE, ...codes].map((code) => [STATUS[code], { description: TITLES[code], content: CONTENT }]),
  );
}

export function problemOf({ code, message, faults }: BoardError): Problem {
  return {
    type: typeOf(code),
    title: TITLES[code],
    status: STATUS[code],
    detail: message,
    ...(faults.length > 0 && { errors: faults }),
  };
}

function typeOf(code: ErrorCode): string {
  return `/problems/${code}`;
}

/** An answer to what is refused. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

/** What was refused. */
interface Refused {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * How an error is answered. What the server knows of its own faults goes to the log, not to the client.
 *
 * @param isHostsBusiness - how to log in there, the host knows.
 */
export function refusalOf(
  thrown: unknown,
  { id, headers }: Refused,
  log: FastifyBaseLogger,
  isHostsBusiness = false,
): Refusal {
  const error = boardErrorOf(thrown);
  const status = STATUS[error.code];
  // What has no cause was decided here, as while the board closes, and to thousands at once: no stack tells more.
  if (status >= 500 && error.cause === undefined) log.warn({ reqId: id }, error.message);
  else if (status >= 500) log.error({ reqId: id, err: error.cause }, error.message);
  return {
    status,
    headers: {
      // Whoever asks the operator about it can say which it was.
      ...(status >= 500 && { 'x-request-id': id }),
      ...problemHeaders(error, headers, isHostsBusiness),
    },
    body: JSON.stringify(problemOf(error)),
  };
}

export function sendProblem(reply: FastifyReply, thrown: unknown): FastifyReply {
  const { request } = reply;
  const error = isFastifyError(thrown) && thrown.code === TOO_LARGE ? tooLarge(reply) : thrown;
  if (isOfCookie(error)) clearCookie(reply);
  return sendRefusal(reply, refusalOf(error, request, reply.log, hasHostUsers(request)));
}

export function sendRefusal(reply: FastifyReply, { status, headers, body }: Refusal): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** @param isHostsBusiness - how to log in there, the host knows. */
export function problemHeaders(
  { code, retryAfter }: BoardError,
  asked: IncomingHttpHeaders,
  isHostsBusiness: boolean,
): Record<string, string | string[]> {
  return {
    ...(retryAfter !== null && { 'retry-after': `${retryAfter}` }),
    ...(code === 'unauthorized' && {
      'www-authenticate': isHostsBusiness ? ['Application realm="msgboard"'] : challenges(asked),
    }),
    'content-type': 'application/problem+json; charset=utf-8',
  };
}

/**
 * What credentials would do. A browser opens its password pop-up for Basic, which helps a person who came by a link and
 * disturbs a page's fetch. To a token that will not do, RFC 6750 (3.1) has an answer of its own.
 */
function challenges(headers: IncomingHttpHeaders): string[] {
  if (/^bearer\b/i.test(headers.authorization ?? '')) return ['Bearer realm="msgboard", error="invalid_token"'];

  const mode = headers['sec-fetch-mode'];
  const scheme = mode === undefined || mode === 'navigate' ? 'Basic' : 'xBasic';
  return [`${scheme} realm="msgboard", charset="UTF-8"`, 'Bearer realm="msgboard"'];
}

/** Anything thrown as one of the closed set. */
export function boardErrorOf(thrown: unknown): BoardError {
  if (thrown instanceof BoardError) return thrown;
  if (isBrokenOff(thrown)) return new BoardError('bad-input', 'The connection broke off within the body.');
  return (
    (isFastifyError(thrown) ? OF_FASTIFY[thrown.code]?.() : undefined) ??
    new BoardError('internal', 'Something went wrong on the server. It is in its log.', { cause: thrown })
  );
}

/** How Node says that whoever was sending a body is gone. Nobody hears the answer, and it is no fault of ours. */
function isBrokenOff(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message === 'aborted' && 'code' in thrown && thrown.code === 'ECONNRESET';
}

const TOO_LARGE = 'FST_ERR_CTP_BODY_TOO_LARGE';

function tooLarge({ request }: FastifyReply): BoardError {
  return new BoardError('too-large', `The body is larger than ${request.routeOptions.bodyLimit / 1024} KiB.`);
}

const OF_FASTIFY: Readonly<Record<string, () => BoardError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: notJson,
  // RFC 10008, 2: a QUERY must say what its content is, even where there is none.
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: notJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new BoardError('bad-input', 'The body is not as long as Content-Length says.'),
  // What the files of the page are asked for by a way around: there is no such file.
  FST_STATIC_FORBIDDEN_PATH: () => new BoardError('not-found', 'There is no such resource.'),
};

function notJson(): BoardError {
  return new BoardError('unsupported-media-type', 'Send JSON, with the header Content-Type: application/json.');
}

function isFastifyError(thrown: unknown): thrown is FastifyError {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';
}

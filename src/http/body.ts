import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { BoardError, badInput } from '../model/errors.ts';

/** The most bytes in a body, of one message. A route of more says so by its `bodyLimit`. */
export const MOST_BODY = 64 * 1024;

/**
 * The most values in a body, of one message and of many. Those of `data` alone can be 2,000; but 16 MiB of `[[[` took V8 five
 * seconds, in which nobody else was answered.
 */
const MOST_VALUES = 4000;
const MOST_VALUES_OF_MANY = 100_000;

/** JSON is the only thing that is read, and it must be UTF-8: a decoder would put U+FFFD for what it cannot read. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ method, routeOptions: { bodyLimit = MOST_BODY } }: FastifyRequest, body: Buffer) => {
      // Some clients say of everything that it is JSON.
      if (method === 'DELETE' && body.length === 0) return undefined;
      return jsonOf(body, bodyLimit > MOST_BODY ? MOST_VALUES_OF_MANY : MOST_VALUES);
    },
  );
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= MOST_BODY;
  });
  app.addHook('preParsing', (request, reply, payload, done) => {
    // What a host has read before, it has decoded.
    done(payload === request.raw && hasBody(request) ? codingFault(request, reply) : null, payload);
  });
}

/** Why a body would be taken for what it is not. */
function codingFault({ headers }: FastifyRequest, reply: FastifyReply): BoardError | null {
  const { 'content-encoding': coding = 'identity', 'transfer-encoding': transfer = 'chunked' } = headers;
  if (coding.toLowerCase() !== 'identity') {
    // It tells this from whatever else may be the matter (RFC 9110, 12.5.3).
    reply.header('accept-encoding', 'identity');
    return new BoardError('unsupported-media-type', 'Send the body as it is: no Content-Encoding is read.');
  }
  if (transfer.toLowerCase() !== 'chunked')
    return new BoardError('bad-input', 'Send the body as it is or chunked: no other Transfer-Encoding is read.');
  const { 'content-type': type = '' } = headers;
  // Most say that it is JSON, and nothing else.
  const charset = type.includes(';') ? /;\s*charset="?([^\s";]*)/i.exec(type)?.[1] : undefined;
  if (charset === undefined || /^utf-?8$/i.test(charset)) return null;
  return new BoardError('unsupported-media-type', 'Send the body in UTF-8: no other charset is read.');
}

/**
 * Reads JSON line by line.
 *
 * @param most - lines beyond these, and one more, are not looked at.
 */
export function readJsonLines(app: FastifyInstance, most: number): void {
  app.addContentTypeParser('application/x-ndjson', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    textOf(body, MOST_VALUES_OF_MANY)
      .trimEnd()
      .split('\n', most + 1)
      .map((line, index) => parseJson(line, `${index}`, `is not JSON (line ${index + 1})`)),
  );
}

export function jsonOf(bytes: Buffer, mostValues = MOST_VALUES): unknown {
  return parseJson(textOf(bytes, mostValues));
}

function textOf(bytes: Buffer, mostValues: number): string {
  if (!isUtf8(bytes)) throw badInput('body', 'is not UTF-8');
  // Each takes a byte at least.
  if (bytes.length > mostValues && hasMoreValues(bytes, mostValues))
    throw new BoardError('too-large', `The body has more than ${mostValues} values. Send fewer at once.`);
  return bytes.toString();
}

const [QUOTE, BACKSLASH, COMMA, LIST, OBJECT] = Buffer.from('"\\,[{');

/** Whether there are more values in JSON, or fields with one, than `most`: what is in lists and objects is behind one of `[`, `{` and `,`. */
function hasMoreValues(json: Buffer, most: number): boolean {
  let values = 0;
  let isText = false;
  let at = 0;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) isText = !isText;
    else if (!isText && (byte === COMMA || byte === LIST || byte === OBJECT)) values += 1;
    if (values > most) return true;
    at += isText && byte === BACKSLASH ? 2 : 1;
  }
  return false;
}

function parseJson(text: string, path = 'body', fault = 'is not JSON'): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badInput(path, fault);
  }
}

/** The body of a request, of a GET too, with which HTTPie sends one; `undefined`: none. */
export async function bodyOf(request: FastifyRequest): Promise<unknown> {
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  if (!isGet) return request.body ?? undefined;
  return hasBody(request) ? bodyOfGet(request) : undefined;
}

export function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

async function bodyOfGet({ raw, headers }: FastifyRequest): Promise<unknown> {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    throw new BoardError('unsupported-media-type', 'Send JSON, with the header Content-Type: application/json.');
  }

  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of raw) {
    length += chunk.length;
    if (length > MOST_BODY) throw new BoardError('too-large', 'The body is larger than 64 KiB.');
    chunks.push(chunk);
  }
  return jsonOf(Buffer.concat(chunks));
}

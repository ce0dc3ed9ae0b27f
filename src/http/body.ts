import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BoardError, badInput } from '../model/errors.ts';

/** The most bytes in a body, of one message. */
const MOST_BODY = 64 * 1024;

/** JSON is the only thing that is read, and it must be UTF-8: a decoder would put U+FFFD for what it cannot read. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: MOST_BODY },
    async (_: unknown, body: Buffer) => parseJson(body),
  );
}

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw badInput('body', 'is not UTF-8');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw badInput('body', 'is not JSON');
  }
}

/** The body that HTTPie sends with a GET; `undefined`: none. */
export async function bodyOfGet({ raw, headers }: FastifyRequest): Promise<unknown> {
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return undefined;
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
  return parseJson(Buffer.concat(chunks));
}

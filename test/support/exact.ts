import { type IncomingMessage, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { type Answer, parse } from './api.ts';
import { PATIENCE_MS } from './eventually.ts';

export interface ExactRequest {
  readonly method?: string;
  /** Sent as it stands. */
  readonly path: string;
  /** An array sends a header several times. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

/**
 * Sends what `fetch` would refuse or mend: a body on GET, a path out of shape, a header twice.
 *
 * @param read - takes as much of the answer as is wanted. Default: all.
 */
export async function sendExactly<Body = unknown>(
  url: string,
  { method = 'GET', path, headers = {}, body }: ExactRequest,
  read: (response: IncomingMessage) => Promise<string> = readText,
): Promise<Answer<Body>> {
  const { hostname, port } = new URL(url);
  const isChunked = body === undefined || 'transfer-encoding' in headers;
  const length = isChunked ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, headers: { ...length, ...headers }, agent: false, signal },
      resolve,
    );
    // Of a body that is too large, the answer may come before all of it is sent.
    sent.on('error', reject).end(body);
  });
  const text = await read(response);
  const fields = Object.entries(response.headersDistinct).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );

  return { status: response.statusCode ?? 0, headers: new Headers(fields), text, body: parse(text) as Body };
}

import { connect } from 'node:net';
import { within } from './eventually.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * Sends bytes to a port as they are and reads until the other side hangs up, or until `enough` of what has come.
 */
export async function sendRaw(
  url: string,
  bytes: string | Uint8Array,
  enough: (received: string) => boolean = () => false,
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  let received = '';
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (enough(received)) resolve();
    });
    // A server may well break off what is no HTTP; what it said before counts.
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  socket.write(bytes);
  try {
    await within(done, () => `an end after ${JSON.stringify(received.slice(0, 500))}`);
  } finally {
    socket.destroy();
  }
  return Buffer.from(received, 'latin1').toString('utf8');
}

/** The first answer in what a raw socket received. */
export function firstAnswer(received: string): RawAnswer {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const headers = new Headers(fields);
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const body = rest.join('\r\n\r\n');
  const text = Number.isNaN(length) ? body : Buffer.from(body).subarray(0, length).toString();

  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0), headers, text };
}

import type { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request is asked with. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A request of a plain form, with what came behind it. */
interface PlainRequest extends RequestHead {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  readonly rest: Buffer;
}

/** Longer heads are as rare as odd ones. */
const LONGEST = 4096;

/** Reads the requests of one connection. */
export class PlainRequests {
  /** Of the last request, as its sender's next one mostly has the same: reading them was a third of reading it. */
  #fields = '';
  #headers: IncomingHttpHeaders | null = null;

  /**
   * Reads a GET or POST of HTTP/1.1 (RFC 9112, 3, 5 and 6) that has come whole. `null`: it has not, or it is something else, or something
   * in it is in any way odd (a field given twice, one that is no ASCII or goes on in the next line, a length that is no number, a connection
   * that is to end or become another): that is for Node's parser to judge, and for it alone.
   */
  read(bytes: Buffer): PlainRequest | null {
    const text = bytes.toString('latin1', 0, LONGEST);
    const end = text.indexOf(END);
    if (end === -1) return null;
    const head = text.slice(0, end);
    const fields = head.indexOf('\r\n');
    const [, method, url] = REQUEST_LINE.exec(head.slice(0, fields)) ?? [];
    const headers = this.#headersOf(head.slice(fields + 2));
    if (fields === -1 || method === undefined || url === undefined || headers === null) return null;

    const { 'content-length': length = '0' } = headers;
    const start = end + END.length;
    const stop = start + Number(length);
    if (!/^\d{1,9}$/.test(length) || stop > bytes.length) return null;
    return { method, url, headers, body: bytes.subarray(start, stop), rest: bytes.subarray(stop) };
  }

  #headersOf(fields: string): IncomingHttpHeaders | null {
    if (fields !== this.#fields) {
      this.#fields = fields;
      this.#headers = headersOf(fields);
    }
    return this.#headers;
  }
}

const END = '\r\n\r\n';
const REQUEST_LINE = /^(GET|POST) (\/[!-~]*) HTTP\/1\.1$/;
const FIELD = /^([\w-]+): ?([!-~](?:[ -~]*[!-~])?)$/;
const KEEP_ALIVE = 'keep-alive';

/** What changes how a request is read, or what comes of its connection (Node's parser heeds the last as it heeds `Connection`). */
const SPECIAL = ['expect', 'transfer-encoding', 'upgrade', 'proxy-connection'];

function headersOf(fields: string): IncomingHttpHeaders | null {
  const headers: Record<string, string> = Object.create(null);
  for (const field of fields.split('\r\n')) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) return null;
    const key = name.toLowerCase();
    if (key in headers) return null;
    headers[key] = value;
  }
  const { connection = KEEP_ALIVE } = headers;
  return connection.toLowerCase() === KEEP_ALIVE && !SPECIAL.some((name) => name in headers) ? headers : null;
}

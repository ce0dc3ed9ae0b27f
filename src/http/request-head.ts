import type { IncomingHttpHeaders } from 'node:http';

/** What a request is asked with. */
export interface RequestHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** Longer ones are as rare as odd ones. */
const LONGEST = 4096;

/**
 * Reads a GET of HTTP/1.1 (RFC 9112, 3 and 5) that came whole, with nothing behind it. `null`: it is something else, or something in it is in
 * any way odd (a field given twice, one that is no ASCII or goes on in the next line): that is for Node's parser to judge, and for it alone.
 */
export function plainGet(bytes: Buffer): (RequestHead & { readonly url: string }) | null {
  if (bytes.length > LONGEST || bytes[0] !== G) return null;
  const [line = '', ...fields] = bytes.toString('latin1').split('\r\n');
  const url = REQUEST_LINE.exec(line)?.[1];
  if (url === undefined || fields.pop() !== '' || fields.pop() !== '') return null;

  const headers: Record<string, string> = Object.create(null);
  for (const field of fields) {
    const [, name, value] = FIELD.exec(field) ?? [];
    if (name === undefined || value === undefined) return null;
    const key = name.toLowerCase();
    if (key in headers) return null;
    headers[key] = value;
  }
  return { method: 'GET', url, headers };
}

const G = 0x47;
const REQUEST_LINE = /^GET (\/[!-~]*) HTTP\/1\.1$/;
const FIELD = /^([\w-]+): ?([!-~](?:[ -~]*[!-~])?)$/;

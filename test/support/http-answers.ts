import type { RawAnswer } from './raw-socket.ts';

/**
 * Every answer in what a connection received, strictly: each begins where the one before it ends, and the last one is whole.
 *
 * @throws Error that says what is out of shape.
 */
export function answersIn(received: Buffer): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; at < received.length; ) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) throw new Error(`no end of headers: ${shown(received, at)}`);
    const [statusLine = '', ...lines] = received.toString('latin1', at, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 ([2-5]\d\d) [\w '-]+$/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no status line: ${shown(received, at)}`);
    const headers = new Headers(lines.map(fieldOf));
    const length = status === 204 || status === 304 ? 0 : lengthOf(headers, status);
    at = end + 4 + length;
    if (at > received.length) throw new Error(`a body is cut off: ${received.toString('latin1').slice(-300)}`);
    answers.push({ status, headers, text: received.toString('utf8', end + 4, at) });
  }
  return answers;
}

function fieldOf(line: string): [string, string] {
  const [, name = '', value = ''] = /^([!#$%&'*+.^`|~\w-]+): ?(.*)$/.exec(line) ?? [];
  if (name === '') throw new Error(`no header: ${line}`);
  return [name, value];
}

function lengthOf(headers: Headers, status: number): number {
  const length = headers.get('content-length');
  if (length === null || !/^\d+$/.test(length)) throw new Error(`${status} of an unknown length`);
  return Number(length);
}

function shown(received: Buffer, at: number): string {
  return JSON.stringify(received.toString('latin1', at, at + 200));
}

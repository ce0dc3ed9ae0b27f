import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { atEnd } from './support/cleanup.ts';
import { runToEnd } from './support/program.ts';

type Answering = (path: string, answer: ServerResponse<IncomingMessage>) => void;

const STREAM = { 'content-type': 'text/event-stream' };

/** What may stand where a board is looked for, and what the doctor says of it. */
const rows: readonly [name: string, answer: Answering, exit: number, ...told: RegExp[]][] = [
  ['is not ready', (_, answer) => answer.writeHead(503).end(), 1, /"fail".*is not ready \(503\)/],
  [
    'is read by members alone, and tells no time',
    (path, answer) => {
      answer.sendDate = false;
      answer.writeHead(path === '/stream' ? 401 : 200).end();
    },
    0,
    /"warn".*does not tell the time/,
    /"warn".*only members may read/,
  ],
  [
    'lives in another year, and knows no stream',
    (path, answer) => answer.writeHead(path === '/stream' ? 404 : 200, { date: new Date(0).toUTCString() }).end(),
    1,
    /"warn".*ms apart: set both by NTP/,
    /"fail".*the stream is answered with 404/,
  ],
  [
    'has a page in the place of the stream',
    (_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>'),
    1,
    /"fail".*comes as text\/html/,
  ],
  [
    'compresses the stream',
    (_, answer) => answer.writeHead(200, { ...STREAM, 'content-encoding': 'gzip' }).end(gzipSync(':\n\n')),
    0,
    /"warn".*comes as gzip/,
    /"ok".*the stream begins/,
  ],
  ['ends the stream at once', (_, answer) => answer.writeHead(200, STREAM).end(), 1, /"fail".*ended at once/],
];

for (const [name, answering, exit, ...told] of rows) {
  test(`the doctor says that a server ${name}`, async (t) => {
    const server = createServer((request, answer) => answering(request.url ?? '', answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEnd(t, () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const { code, printed } = await runToEnd(['doctor', '--url', url, '--brief']);
    for (const line of told) assert.match(printed, line);
    assert.equal(code, exit, printed);
  });
}

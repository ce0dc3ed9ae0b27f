import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { type Api, basic, type Person } from './support/api.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { Daemon, privateDir } from './support/daemon.ts';
import { eventually } from './support/eventually.ts';
import { sendExactly } from './support/exact.ts';
import { sendRaw } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';
import { firstThere, without } from './support/settings.ts';
import { freePort } from './support/snippets.ts';

const NGINX = firstThere('/usr/sbin/nginx', 'nginx') ?? '/usr/sbin/nginx';
const HAPROXY = firstThere('/usr/sbin/haproxy', 'haproxy') ?? '/usr/sbin/haproxy';

/** Each of these lets nothing through to `/message`: what comes there was smuggled. */
const FRONTS: readonly {
  readonly name: string;
  readonly command: string;
  config(port: number, board: URL): string;
  args(file: string): string[];
}[] = [
  {
    name: 'nginx',
    command: NGINX,
    args: (file) => ['-p', join(file, '..'), '-c', file, '-e', 'stderr'],
    config: (port, board) => `
      daemon off; master_process off; pid nginx.pid; error_log stderr;
      events { }
      http {
        access_log off; client_body_timeout 1s; client_header_timeout 1s; client_body_temp_path body;
        proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        upstream board { server ${board.host}; keepalive 1; }
        server {
          listen 127.0.0.1:${port}; proxy_http_version 1.1; proxy_request_buffering off;
          location = /message { return 403; }
          location / { proxy_pass http://board; proxy_set_header Host ${board.host}; proxy_set_header Connection ""; }
        }
      }`,
  },
  {
    name: 'haproxy',
    command: HAPROXY,
    args: (file) => ['-f', file, '-db'],
    config: (port, board) => `
defaults
  mode http
  timeout connect 5s
  timeout client 1s
  timeout server 10s
  timeout http-request 1s
frontend front
  bind 127.0.0.1:${port}
  http-request deny if { path /message }
  default_backend board
backend board
  http-reuse always
  server board ${board.host} maxconn 1
`,
  },
];

type Trick = readonly [name: string, bytes: (inner: string) => string];

/** Requests whose end can be seen in two ways. `inner` is what one of them takes for the next request. */
const TRICKS: readonly Trick[] = [
  ['CL.TE', (inner) => post(`Content-Length: ${inner.length + 5}\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${inner}`)],
  ['TE.CL', (inner) => inChunk('Transfer-Encoding: chunked', inner)],
  ...[
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: \x0bchunked',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding\r\n: chunked',
    'X: x\nTransfer-Encoding: chunked',
    'X: x\rTransfer-Encoding: chunked',
    'X: x\r\n Transfer-Encoding: chunked',
    'transfer_encoding: chunked',
    'Transfer-Encoding\0: chunked',
  ].flatMap((field): Trick[] => [
    [
      `TE.TE, ended by ${JSON.stringify(field)}`,
      (inner) => post(`Content-Length: ${inner.length + 5}\r\n${field}`, `0\r\n\r\n${inner}`),
    ],
    [`TE.TE, in the chunk of ${JSON.stringify(field)}`, (inner) => inChunk(field, inner)],
  ]),
  ...[
    '0\r\nContent-Length: N',
    'N\r\nContent-Length: 0',
    '0, N',
    'N, 0',
    '+N',
    '0\r\n N',
    '0N',
    'Nx',
    '0x0',
    '-0',
    '0 N',
  ].map(
    (value): Trick => [
      `Content-Length: ${JSON.stringify(value)}`,
      (inner) => post(`Content-Length: ${value.replace('N', `${inner.length}`)}`, inner),
    ],
  ),
  ['a length in another spelling', (inner) => post(`Content_Length: 0\r\nContent-Length : ${inner.length}`, inner)],
  [
    'a length that concerns the connection',
    (inner) => post(`Connection: Content-Length\r\nContent-Length: ${inner.length}`, inner),
  ],
  [
    'a coding that concerns the connection',
    (inner) =>
      `POST /user HTTP/1.1\r\nHost: localhost\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
  ],
  [
    'lines that end in LF',
    (inner) => `POST /user HTTP/1.1\nHost: localhost\nContent-Length: ${inner.length}\n\n${inner}`,
  ],
  [
    'headers that end in CR LF LF',
    (inner) => `POST /user HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\n${inner}`,
  ],
  ['a chunk extension with a line', (inner) => chunked(`5;a="\n"\r\n{"a":\r\n0\r\n\r\n${inner}`)],
  ['a chunk extension that ends in LF', (inner) => chunked(`5;\n{"a":\r\n0\r\n\r\n${inner}`)],
  ['a chunk longer than any number', (inner) => chunked(`10000000000000000\r\n${inner}\r\n0\r\n\r\n`)],
  ['a chunk whose length is 0x0', (inner) => chunked(`0x0\r\n\r\n${inner}`)],
  ['a chunk of -1', (inner) => chunked(`-1\r\n\r\n${inner}`)],
  ['a chunk that ends in LF', (inner) => chunked(`5\r\n{"a":\n0\r\n\r\n${inner}`)],
  ['a last chunk that ends in LF', (inner) => chunked(`0\n\n${inner}`)],
  ['a trailer', (inner) => chunked(`0\r\nContent-Length: 0\r\n\r\n${inner}`.replace('\r\n\r\n', '\r\nX: x\n\n'))],
  ['chunks in HTTP/1.0', (inner) => chunked(`0\r\n\r\n${inner}`).replace('HTTP/1.1', 'HTTP/1.0')],
  [
    'a body of GET',
    (inner) => `GET /messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  ],
  ['a body that is expected', (inner) => post(`Expect: 100-continue\r\nContent-Length: ${inner.length}`, inner)],
  [
    'an upgrade',
    (inner) =>
      post(
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nContent-Length: 0',
        '',
      ) + inner,
  ],
  ['a path with a line in it', (inner) => `GET /messages?a=\r\n\r\n${inner}`],
  [
    'an absolute URL',
    (inner) =>
      `POST http://localhost/user HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
  ],
];

for (const { name, command, args, config } of FRONTS) {
  test(`behind ${name}, no trick gets a request past it`, { skip: without(command) }, async (t) => {
    const { api, url } = await startTestServer(t);
    const cwd = await privateDir(t);
    const port = await freePort();
    const file = join(cwd, 'front.conf');
    await writeFile(file, config(port, new URL(url)));
    const front = `http://127.0.0.1:${port}`;
    await new Daemon(t, { command, args: args(file), cwd, probe: () => fetch(`${front}/health`) }).start();
    const kitten = await api.signUp('kitten');
    for (const trick of TRICKS) await play(trick, front, kitten);
    // What came before this was made before it.
    await api.say(kitten, 'The end.');
    assert.deepEqual(await textsOf(api), ['The end.']);
  });
}

test('a front that looks at the first line alone is found out', async (t) => {
  const { api, url } = await startTestServer(t);
  const front = await startNaive(t, new URL(url));
  const kitten = await api.signUp('kitten');
  const [first] = TRICKS;
  assert.ok(first);
  await play(first, front, kitten);
  await eventually(async () => assert.deepEqual(await textsOf(api), ['CL.TE']));
});

/** Tries to get a message past the front; then others use its connections. */
async function play([name, bytes]: Trick, front: string, kitten: Person): Promise<void> {
  const body = JSON.stringify({ text: name });
  const headers = `Host: localhost\r\nAuthorization: ${basic(kitten)}\r\nContent-Type: application/json\r\n`;
  const inner = `POST /message HTTP/1.1\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
  await sendRaw(front, bytes(inner), (received) => received.includes('HTTP/1.'));
  for (const who of ['kitten', '1']) {
    const { status, text } = await sendExactly(front, { path: `/user/${who}`, headers: { host: 'localhost' } });
    assert.equal(status, 200, `${name}: somebody else got ${text}`);
    assert.match(text, /"username":"kitten"/, `${name}: somebody else got ${text}`);
  }
}

async function textsOf(api: Api): Promise<string[]> {
  return (await api.board()).map(({ text }) => text);
}

function post(headers: string, body: string): string {
  return `POST /user HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;
}

function chunked(body: string): string {
  return post('Transfer-Encoding: chunked', body);
}

function inChunk(field: string, inner: string): string {
  const size = `${inner.length.toString(16)}\r\n`;
  return post(`Content-Length: ${size.length}\r\n${field}`, `${size}${inner}\r\n0\r\n\r\n`);
}

/** What a front must not be: it lets through what begins well. */
async function startNaive(scope: Scope, { hostname, port }: URL): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', (first) => {
      if (String(first).startsWith('POST /message'))
        return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      // It knows of lengths and not of chunks, so it refuses nothing of what it hands on.
      const far = connect(Number(port), hostname);
      sockets.push(far);
      far.on('error', () => {});
      far.write(String(first).replace(/^Content-Length:.*\r\n(?=(?:.+\r\n)*Transfer-Encoding)/m, ''));
      socket.pipe(far).pipe(socket);
    });
  });
  atEnd(scope, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

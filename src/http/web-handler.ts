import { createServer, type IncomingMessage, type Server, request as sendRequest } from 'node:http';
import { type Duplex, duplexPair, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Board } from '../model/board.ts';
import type { Authenticate } from './host-users.ts';
import { nodeHandler } from './node-handler.ts';
import type { MsgboardPluginOptions } from './plugin.ts';

/** What the plugin takes; requests come with their whole path, the prefix included. */
export interface WebHandlerOptions extends Omit<MsgboardPluginOptions, 'board' | 'authenticate'> {
  /** As the plugin's, of the request as the host has it. */
  readonly authenticate?: Authenticate<Request>;
  /** The address that a request comes from, which it does not tell by itself. Default: one and the same for all. */
  readonly address?: (request: Request) => string | undefined;
}

/** What concerns one connection alone (RFC 9110, 7.6.1): ours is none that anybody else sees. */
const OF_CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'te'];

/** Statuses whose answers have no body, not even an empty one. */
const BODILESS = [204, 205, 304];

/**
 * The HTTP surface of a board for servers that speak the web platform's own types: Next.js, Hono, Bun and others. It is
 * the same as the Fastify plugin's to the letter, because it is the same: each request goes to it over a connection
 * within the process, streams included. Closing the board is the host's business; its streams end with it.
 */
export function webHandler(
  board: Board,
  { authenticate, address, ...options }: WebHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const requests = new WeakMap<object, Request>();
  const start = async () =>
    createServer(
      await nodeHandler(board, {
        ...options,
        ...(authenticate && { authenticate: ({ socket }) => authenticate(requestOf(socket)) }),
        ...(address && { address: ({ socket }) => address(requestOf(socket)) }),
      }),
    );
  const requestOf = (connection: object): Request => {
    const request = requests.get(connection);
    if (!request) throw new Error('a request came over a connection that is not ours');
    return request;
  };

  let server: Promise<Server> | undefined;
  return async (request) => {
    server ??= start();
    const [near, far] = duplexPair();
    tie(near, far);
    requests.set(far, request);
    (await server).emit('connection', Object.assign(far, { remoteAddress: 'unknown' }));
    const answer = await exchange(near, request);
    const response = responseOf(request, answer);
    // A server that ends would wait for the connections of whoever followed a stream, or goes on asking.
    if (board.isClosed || isStream(answer)) response.headers.set('connection', 'close');
    return response;
  };
}

/** Sends a request through, and answers once the head of the answer is there. */
function exchange(near: Duplex, request: Request): Promise<IncomingMessage> {
  const { pathname, search, host } = new URL(request.url);
  const sent = sendRequest({
    createConnection: () => near,
    method: request.method,
    path: pathname + search,
    headers: { host, ...Object.fromEntries(ownHeaders(request.headers)) },
    signal: request.signal,
  });
  return new Promise((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
    // What fails on the way fails the request, which is heard above. The body is iterated, not made a Readable: that would
    // cancel it when the answer is there before its end, and Node throws where nobody can catch it.
    if (request.body) pipeline(request.body, sent).catch(() => {});
    else sent.end();
  });
}

/** A connection that breaks, breaks at both ends. */
function tie(near: Duplex, far: Duplex): void {
  near.on('error', () => {}).once('close', () => far.destroy());
  far.on('error', () => {}).once('close', () => near.destroy());
}

function responseOf(request: Request, answer: IncomingMessage): Response {
  const { statusCode: status = 500, rawHeaders } = answer;
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : []));
  const headers = new Headers();
  for (const [name, value] of ownHeaders(pairs)) headers.append(name, value);

  if (request.method === 'HEAD' || BODILESS.includes(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  // Whoever cancels the body hangs up.
  return new Response(Readable.toWeb(answer), { status, headers });
}

/** It ends with its connection, and not after some length. */
function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type'] !== undefined && !('content-length' in headers) && !('transfer-encoding' in headers);
}

function* ownHeaders(pairs: Iterable<readonly [string, string]>): Iterable<readonly [string, string]> {
  for (const [name, value] of pairs) if (!OF_CONNECTION.includes(name.toLowerCase())) yield [name, value];
}

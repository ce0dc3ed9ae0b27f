import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Database } from './board/database-url.ts';
import { type BoardOptions, openBoard } from './board/open-board.ts';
import type { Direct } from './http/direct.ts';
import { Metrics } from './http/metrics.ts';
import { type MsgboardPluginOptions, mount } from './http/plugin.ts';
import { problemOf, sendProblem } from './http/problem.ts';
import type { Board } from './model/board.ts';
import { BoardError } from './model/errors.ts';

type SurfaceOptions = Pick<MsgboardPluginOptions, 'origins' | 'cors' | 'limits'>;

export interface ServerOptions extends Omit<BoardOptions, 'onFault' | 'onWarning' | 'onMeasure'>, SurfaceOptions {
  /** As `openBoard` takes it. Default: `sqlite:msgboard.db`. */
  readonly database?: Database;
  /** Default: 5000; 0: any that is free. */
  readonly port?: number;
  /** The address to listen on. Default: localhost, which other machines cannot reach. */
  readonly host?: string;
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustProxy?: readonly string[];
}

export interface RunningServer {
  readonly url: string;
  readonly board: Board;
  /** Answers what was asked, commits what was accepted, ends all streams. */
  close(): Promise<void>;
}

/** Slow senders (ms): a whole request, its headers alone. Node checks every few seconds. */
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE = 72_000;

/** How often (ms) a server that closes hangs up on whoever asks for nothing more. */
const SWEEP = 50;

/** Opens a board and serves it over HTTP. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { database = 'sqlite:msgboard.db', port = 5000, host = 'localhost', trustProxy = [], ...more } = options;
  const app = newServer(trustProxy);
  const metrics = new Metrics();
  const board = await openBoard(database, {
    ...more,
    onFault: (error) => app.log.error({ err: error }, 'a background read failed'),
    onWarning: (sentence) => app.log.warn(sentence),
    onMeasure: (measure) => metrics.take(measure),
  });
  metrics.watch(board);

  try {
    app.addHook('onRequest', refuseHostless);
    await app.register(async (routes) => {
      answerFirst(app, await mount(routes, { ...more, board, metrics }));
    });
    await app.listen({ port, host });
  } catch (error) {
    await app.close();
    await board.close();
    throw error;
  }
  return {
    url: urlOf(app, host),
    board,
    async close() {
      // What was in flight as the closing began leaves its connection open and idle.
      const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP);
      await app.close();
      clearInterval(sweep);
      await board.close();
    },
  };
}

function newServer(trustProxy: readonly string[]): FastifyInstance {
  return fastify({
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    logger: { level: 'warn', stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    // No logger for each request, which takes 2% of its time: what is logged names its request itself.
    childLoggerFactory: (logger) => logger,
    // Node's own answer to a request without a Host has no body: refuseHostless() gives one.
    http: { requireHostHeader: false },
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, _, reply) => void sendProblem(reply, error),
    clientErrorHandler: refuseConnection,
  });
}

/**
 * Has `direct` see each request before the routes do, unless the server is closing and has to say so. Where a host has several
 * addresses, Fastify listens on the others by servers that it keeps to itself; there the routes answer all.
 */
function answerFirst(app: FastifyInstance, direct: Direct): void {
  const routes = app.server.listeners('request') as RequestListener[];
  app.server.removeAllListeners('request');
  app.server.on('request', (request, response) => {
    if (app.server.listening && direct(request, response)) return;
    for (const listener of routes) listener(request, response);
  });
}

/** RFC 9112, 3.2. */
function refuseHostless({ raw, headers }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (headers.host !== undefined || raw.httpVersion === '1.0') {
    done();
    return;
  }
  reply.header('connection', 'close');
  sendProblem(reply, new BoardError('bad-input', 'An HTTP/1.1 request needs a Host header.'));
}

/** What is no HTTP, or too slow, gets one last answer. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();

  const problem = problemOf(OF_PARSER[error.code ?? ''] ?? new BoardError('bad-input', 'This is no HTTP request.'));
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : problem.status;
  const body = JSON.stringify({ ...problem, status });
  socket.end(
    `HTTP/1.1 ${status} ${problem.title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const OF_PARSER: Readonly<Record<string, BoardError>> = {
  HPE_HEADER_OVERFLOW: new BoardError('too-large', 'The headers are larger than 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: new BoardError('bad-input', 'The request took too long to arrive.'),
};

function urlOf(app: FastifyInstance, host: string): string {
  const [address] = app.addresses();
  const port = typeof address === 'object' ? address.port : 5000;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

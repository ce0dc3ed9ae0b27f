import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Database } from './board/database-url.ts';
import { type BoardOptions, openBoard } from './board/open-board.ts';
import { checkProxies } from './http/client-address.ts';
import { NO_COMPILERS } from './http/compilers.ts';
import { refuseConnection, refuseTunnel, takeNoMore, takesMore, watchExchange } from './http/connections.ts';
import { answerByServer } from './http/direct.ts';
import { limitsOf } from './http/limits/table.ts';
import { Listener } from './http/listener.ts';
import { Metrics } from './http/metrics.ts';
import { PlainConnections, type Shortcuts } from './http/plain-connections.ts';
import { type MsgboardPluginOptions, mount } from './http/plugin.ts';
import { sendProblem } from './http/problem.ts';
import { type LogSink, loggerTo, RequestLog, requestIdOf } from './http/request-log.ts';
import { KEEP_ALIVE } from './http/socket-answer.ts';
import { STANDING_HEADERS } from './http/standing-headers.ts';
import { ANY_PATH, routeUnreadable } from './http/unreadable-url.ts';
import type { Board } from './model/board.ts';
import { BoardError } from './model/errors.ts';

type SurfaceOptions = Pick<MsgboardPluginOptions, 'origins' | 'cors' | 'limits'>;

export interface ServerOptions extends Omit<BoardOptions, 'onFault' | 'onWarning' | 'onMeasure'>, SurfaceOptions {
  /** As `openBoard` takes it. Default: `sqlite:msgboard.db`. */
  readonly database?: Database;
  /** Default: 5000; 0: one that is free. */
  readonly port?: number;
  /** The address to listen on. Default: localhost, which other machines cannot reach. */
  readonly host?: string;
  /** Addresses and networks (`10.0.0.0/8`) of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustProxy?: readonly string[];
  /** Takes the log, in lines of JSON: requests, warnings and faults. Default: warnings and faults alone go to `process.stderr`. */
  readonly log?: LogSink;
}

export interface DrainOptions {
  /**
   * How long (s) to serve on, with no connection kept, while `/health/ready` says 503: so that a proxy that asks sends no more before
   * the port closes. Default: 0.
   */
  readonly drain?: number;
}

export interface RunningServer {
  readonly url: string;
  readonly board: Board;
  /** Answers what was asked, commits what was accepted, ends all streams. */
  close(options?: DrainOptions): Promise<void>;
}

/** How long (ms) a request may take to arrive, and how often it is looked who is too slow: Node does so twice a minute. */
const REQUEST_TIMEOUT = 30_000;
const CHECK = 1000;

/**
 * How many connections may wait to be accepted, if the system allows as many (`net.core.somaxconn`): after a restart all
 * readers are back at once, and whoever finds no place waits for a second or more.
 */
const BACKLOG = 65_535;

/** How often (ms) a server that closes hangs up on whoever asks for nothing more. */
const SWEEP = 50;

/**
 * How long (ms) a server that closes waits for the rest of what somebody sends, or for somebody to take what they are sent. Node
 * holds nobody to its timeouts any more by then, and one half request kept the process for ever. Docker kills after 10 s.
 */
const LAST_PATIENCE = 5000;

/** Opens a board and serves it over HTTP. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { database = 'sqlite:msgboard.db', port = 5000, host = 'localhost', trustProxy = [], log, ...more } = options;
  const { origins = [], cors = [], limits = {}, ...ofBoard } = more;
  const { now } = ofBoard;
  const { connections } = limitsOf(limits);
  checkProxies(trustProxy);
  const metrics = new Metrics();
  const logger = loggerTo(log ?? process.stderr);
  const requestLog = log && new RequestLog(logger);
  const watchers = { metrics, requestLog };
  let isDraining = false;
  // Until there are routes, they are none of anybody's.
  let mounted: Shortcuts = { answer: () => null, stream: () => false };
  const shortcuts: Shortcuts = {
    answer: (request, socket) => (isDraining ? null : mounted.answer(request, socket)),
    stream: (request, socket) => !isDraining && mounted.stream(request, socket),
  };
  const app = newServer(trustProxy, logger, shortcuts);
  const board = await openBoard(database, {
    ...ofBoard,
    onFault: (error) => app.log.error({ err: error }, 'a background read failed'),
    onWarning: (sentence) => app.log.warn(sentence),
    onMeasure: (measure) => metrics.take(measure),
  });
  metrics.watch(board);

  const plain = new PlainConnections(app.server, shortcuts);
  const listener = new Listener(app.server, {
    most: connections?.amount ?? null,
    onRefusal: () => metrics.refused('connections'),
  });

  try {
    app.addHook('onRequest', refuseUnlessOneHost);
    app.addHook('onRequest', ({ raw }, reply, done) => {
      if (isDraining) {
        reply.header('connection', 'close');
        // What came behind it would be done, and its answer never sent.
        takeNoMore(raw.socket);
      }
      done();
    });
    await app.register(async (routes) => {
      mounted = await mount(routes, {
        board,
        origins,
        cors,
        limits,
        ...(now && { now }),
        ...watchers,
        trustProxy,
        proxyAdvice: 'name it with --trust-proxy, or in the trustProxy of startServer()',
        isDraining: () => isDraining,
      });
    });
    await listener.listen({ host, port, backlog: BACKLOG }, async (place) => {
      await app.listen(place);
      return portOf(app);
    });
  } catch (error) {
    await Promise.all([app.close(), listener.close()]);
    await board.close();
    throw error;
  }
  const url = urlOf(app, host);
  requestLog?.say(`msgboard listens on ${url} and stores everything in ${board.description}`);
  return {
    url,
    board,
    async close({ drain = 0 } = {}) {
      requestLog?.say(`finishing what was accepted${drain > 0 ? `, and ending in ${drain} s` : ''}`);
      isDraining = true;
      await sleep(drain * 1000);
      // What was in flight as the closing began leaves its connection open and idle.
      const sweep = setInterval(() => {
        app.server.closeIdleConnections();
        plain.closeIdle();
      }, SWEEP);
      const end = setTimeout(() => listener.hangUp(), LAST_PATIENCE);
      await Promise.all([app.close(), listener.close()]);
      clearTimeout(end);
      clearInterval(sweep);
      await board.close();
    },
  };
}

function newServer(
  trustProxy: readonly string[],
  loggerInstance: FastifyBaseLogger,
  shortcuts: Shortcuts,
): FastifyInstance {
  return fastify({
    serverFactory: (routes) => newHttpServer(routes, shortcuts),
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    loggerInstance,
    genReqId: requestIdOf,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: NO_COMPILERS,
    // No logger for each request, which takes 2% of its time: what is logged names its request itself.
    childLoggerFactory: (logger) => logger,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: ANY_PATH,
    frameworkErrors: routeUnreadable,
    clientErrorHandler: refuseConnection,
  });
}

/** What is no longer a plain connection may still have plain requests. */
function newHttpServer(routes: RequestListener, { answer }: Shortcuts): Server {
  const answerFirst = answerByServer(answer);
  const options = {
    // Node's own answer to a request without a Host has no body: refuseUnlessOneHost() gives one.
    requireHostHeader: false,
    // What comes twice is seen as a list. Of some fields only the first would be, and whoever sees the second sees another request.
    joinDuplicateHeaders: true,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: CHECK,
    keepAliveTimeout: KEEP_ALIVE * 1000,
  };
  const listener: RequestListener = (request, response) => {
    if (!takesMore(request.socket)) return;
    watchExchange(request, response);
    if (!answerFirst(request, response)) routes(request, response);
  };
  const server = createServer(options, listener).on('connect', refuseTunnel);
  // Nobody need refuse what they do not know to be expected (RFC 9110, 10.1.1), and Node's 417 has no body.
  return server.on('checkExpectation', listener);
}

/** RFC 9112, 3.2. */
function refuseUnlessOneHost({ raw, headers }: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { host } = headers;
  if (host === undefined ? raw.httpVersion === '1.0' : !host.includes(',')) {
    done();
    return;
  }
  reply.headers(STANDING_HEADERS).header('connection', 'close');
  takeNoMore(raw.socket);
  sendProblem(
    reply,
    new BoardError('bad-input', 'A request of HTTP/1.1 needs a Host header, and no request may have two.'),
  );
}

function urlOf(app: FastifyInstance, host: string): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${portOf(app)}`;
}

function portOf(app: FastifyInstance): number {
  const [address] = app.addresses();
  return typeof address === 'object' ? address.port : 5000;
}

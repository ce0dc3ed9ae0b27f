import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyRequest, LogController, type RequestPayload } from 'fastify';
import type { Board } from '../model/board.ts';
import type { Authenticate } from './host-users.ts';
import { type MsgboardPluginOptions, mount } from './plugin.ts';
import { ANY_PATH, routeUnreadable } from './unreadable-url.ts';

export interface NodeHandlerOptions<Request extends IncomingMessage>
  extends Omit<MsgboardPluginOptions, 'board' | 'authenticate'> {
  /** As the plugin's, of the request as the host has it, with its session and all. */
  readonly authenticate?: Authenticate<Request>;
  /** The address that a request comes from, as the host knows it behind a proxy. Default: that of its connection. */
  readonly address?: (request: Request) => string | undefined;
}

/** Answers requests of `node:http`, Express and whatever else hands on its requests and responses. */
export interface NodeHandler<Request extends IncomingMessage> {
  (request: Request, response: ServerResponse): void;
  /** Ends the board's streams; the board itself is for its opener to close. */
  close(): Promise<void>;
}

/**
 * The HTTP surface of a board for a server that is not Fastify's. A host that takes the path of the mount off the URL, as
 * Express does, needs no `prefix`.
 */
export async function nodeHandler<Request extends IncomingMessage = IncomingMessage>(
  board: Board,
  { prefix = '', authenticate, address, ...options }: NodeHandlerOptions<Request> = {},
): Promise<NodeHandler<Request>> {
  const app = fastify({
    logger: { level: 'warn', stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    // What comes while it closes is answered by the board, or refused in its words.
    return503OnClosing: false,
    routerOptions: ANY_PATH,
    frameworkErrors: routeUnreadable,
  });
  takeParsedBodies(app);
  // Whatever comes in came in as the host's own request.
  const hosts = ({ raw }: FastifyRequest) => raw as Request;
  if (address) takeAddresses(app, (request) => address(hosts(request)));
  const settings = {
    ...options,
    board,
    proxyAdvice: address ? null : 'say by the option address where requests come from',
    ...(authenticate && { authenticate: (request: FastifyRequest) => authenticate(hosts(request)) }),
  };
  await app.register(async (routes) => void (await mount(routes, settings)), { prefix });
  await app.ready();

  return Object.assign((request: Request, response: ServerResponse) => app.routing(request, response), {
    close: () => app.close(),
  });
}

/** The framework's own `ip` is that of the connection. */
function takeAddresses(app: FastifyInstance, addressOf: (request: FastifyRequest) => string | undefined): void {
  app.addHook('onRequest', (request, _, done) => {
    Object.defineProperty(request, 'ip', { value: addressOf(request) ?? '' });
    done();
  });
}

/** A host may have read a body already, as `express.json()` does: it is put together again. */
function takeParsedBodies(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _, payload, done) => {
    const { raw, headers } = request;
    if (!raw.readableEnded || !('body' in raw) || raw.body === undefined) return done(null, payload);

    const text = typeof raw.body === 'string' ? raw.body : JSON.stringify(raw.body);
    const again: RequestPayload = Readable.from([Buffer.from(text)]);
    again.receivedEncodedLength = Number(headers['content-length'] ?? 0);
    return done(null, again);
  });
}

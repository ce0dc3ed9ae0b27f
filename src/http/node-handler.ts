import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import fastify, { type FastifyInstance, LogController, type RequestPayload } from 'fastify';
import type { Board } from '../model/board.ts';
import type { Authenticate } from './host-users.ts';
import { type MsgboardPluginOptions, msgboard } from './plugin.ts';
import { ANY_PATH, routeUnreadable } from './unreadable-url.ts';

export interface NodeHandlerOptions<Request extends IncomingMessage>
  extends Omit<MsgboardPluginOptions, 'board' | 'authenticate'> {
  /** As the plugin's, of the request as the host has it, with its session and all. */
  readonly authenticate?: Authenticate<Request>;
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
  { authenticate, ...options }: NodeHandlerOptions<Request> = {},
): Promise<NodeHandler<Request>> {
  const app = fastify({
    logger: { level: 'warn', stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: ANY_PATH,
    frameworkErrors: routeUnreadable,
  });
  takeParsedBodies(app);
  await app.register(msgboard, {
    ...options,
    board,
    // Whatever comes in came in as the host's own request.
    ...(authenticate && { authenticate: ({ raw }) => authenticate(raw as Request) }),
  });
  await app.ready();

  return Object.assign((request: Request, response: ServerResponse) => app.routing(request, response), {
    close: () => app.close(),
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

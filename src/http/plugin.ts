import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Board } from '../model/board.ts';
import { BoardError, badInput } from '../model/errors.ts';
import { bodyOf, hasBody, readJsonBodies } from './body.ts';
import { ownHosts, refuseForeignHosts } from './browsers/hosts.ts';
import { allowOrigins, originsOf, refuseForeignWrites } from './browsers/origins.ts';
import { clientAddresses } from './client-address.ts';
import { passAll } from './compilers.ts';
import { knowOrigins } from './cookie.ts';
import { directly } from './direct.ts';
import { streamDirectly } from './direct-stream.ts';
import { type Authenticate, takeUsersFromHost } from './host-users.ts';
import { limit } from './limits/limit.ts';
import { Limits } from './limits/limits.ts';
import { type LimitSettings, limitsOf } from './limits/table.ts';
import type { Shortcuts } from './plain-connections.ts';
import { sendProblem } from './problem.ts';
import { knowQuery } from './query-method.ts';
import { aboutRoutes } from './routes/about.ts';
import { bulkRoutes } from './routes/bulk.ts';
import { describedRoutes, docsRoutes } from './routes/docs.ts';
import { messageRoutes } from './routes/message.ts';
import { messagesRoutes } from './routes/messages.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { isForPage, pageRoutes } from './routes/page.ts';
import { sessionRoutes } from './routes/session.ts';
import { streamLog, streamRoutes } from './routes/stream.ts';
import { topicsRoutes } from './routes/topics.ts';
import { userRoutes } from './routes/user.ts';
import { usersRoutes } from './routes/users.ts';
import { STANDING_HEADERS } from './standing-headers.ts';
import { isUnreadable } from './unreadable-url.ts';
import { type Watchers, watchAnswer } from './watch-answers.ts';

export interface MsgboardPluginOptions {
  readonly board: Board;
  /** Where the routes are mounted, e.g. `/board`. Default: at the root. */
  readonly prefix?: string;
  /** Says who sends a request, in place of credentials. Accounts are made on first sight, and nobody signs up. */
  readonly authenticate?: Authenticate<FastifyRequest>;
  /** What the board goes by, such as `https://chat.example`, besides the names of this machine. Default: none. */
  readonly origins?: readonly string[];
  /** Other origins whose pages may use it from a browser, with credentials. Default: none. */
  readonly cors?: readonly string[];
  /** Limits that are to be different, such as `{ messages: '600/min' }`; `off`: none. Default: those of docs/api.md. */
  readonly limits?: LimitSettings;
  /** The clock of the limits, in milliseconds, which never goes back. Default: `performance.now`. */
  readonly now?: () => number;
}

/**
 * The HTTP surface of a board as a Fastify plugin: `app.register(msgboard, { board, prefix: '/board' })`. What it sets up
 * (bodies, errors, headers) holds for its own routes alone. Closing the board is the host's business; its streams end
 * with the server.
 */
export const msgboard: FastifyPluginAsync<MsgboardPluginOptions> = async (app, options) => {
  await mount(app, options);
};

interface MountOptions extends MsgboardPluginOptions, Watchers {
  /** Proxies whose `X-Forwarded-For` the server believes. Default: none. */
  readonly trustProxy?: readonly string[];
  /** What to do where a proxy is not trusted, for people; `null`: the host says where requests come from. */
  readonly proxyAdvice?: string | null;
  /** Whether the server is about to end, for whoever asks if it is ready. Default: it never says so. */
  readonly isDraining?: () => boolean;
}

/** The same, for a server of our own. */
export async function mount(app: FastifyInstance, options: MountOptions): Promise<Shortcuts> {
  const { board, authenticate, metrics, requestLog, isDraining = () => false, now = () => performance.now() } = options;
  const { proxyAdvice = 'name it in the trustProxy of your Fastify server' } = options;
  const origins = originsOf('origin', options.origins ?? []);
  const cors = originsOf('cors', options.cors ?? []);
  const limits = new Limits(limitsOf(options.limits ?? {}), now, (name) => metrics?.refused(name));
  const isOurs = ownHosts(app, origins);

  // Here the schemas only document.
  passAll(app);
  readJsonBodies(app);
  knowQuery(app);
  knowOrigins(app, origins);

  app.addHook('onRequest', (request, reply, done) => {
    watchAnswer(options, request, reply);
    reply.headers(STANDING_HEADERS);
    done();
  });
  refuseForeignHosts(app, isOurs);
  allowOrigins(app, cors);
  refuseForeignWrites(app, [...origins, ...cors]);
  limit(app, limits, proxyAdvice);
  let isClosing = false;
  app.addHook('preClose', () => {
    isClosing = true;
    return board.endStreams();
  });
  app.setErrorHandler((error, { raw }, reply) => {
    const isToEnd = isClosing || isDraining();
    // The framework hangs up after a body that it cannot read. Of a whole one nothing is left, and what comes after it is heard.
    if (!isToEnd && raw.complete && reply.hasHeader('connection') && reply.raw.shouldKeepAlive)
      reply.header('connection', 'keep-alive');
    return sendProblem(reply, error);
  });

  if (authenticate) takeUsersFromHost(app, authenticate);
  const described = describedRoutes(app);
  const routes = collectRoutes(app);
  app.setNotFoundHandler((request, reply) => sendNoSuch(request, reply, routes));
  app.addHook('onRequest', refuseUnknownParameters);
  app.addHook('preHandler', refuseUnwantedBodies);
  await app.register(userRoutes, { board });
  await app.register(usersRoutes, { board });
  await app.register(sessionRoutes, { board });
  await app.register(messageRoutes, { board });
  await app.register(messagesRoutes, { board });
  await app.register(bulkRoutes, { board });
  await app.register(topicsRoutes, { board });
  await app.register(streamRoutes, { board, logSerializers: streamLog });
  await app.register(aboutRoutes, { board, isDraining });
  await app.register(docsRoutes, { routes: described });
  if (metrics) await app.register(metricsRoutes, { board, metrics });
  await app.register(pageRoutes, {
    index: () => ({
      msgboard: [...routes].map(([url, methods]) => `${[...methods].join(' ')} ${url}`),
      docs: 'docs',
      openapi: 'openapi.json',
    }),
  });
  const addressOf = clientAddresses(options.trustProxy ?? []);
  const shared = { board, addressOf, limits, isOurs, metrics, requestLog, log: app.log };
  return { answer: directly(shared), stream: streamDirectly(shared) };
}

/** The methods of each route, as they are registered from now on. */
function collectRoutes(app: FastifyInstance): Map<string, Set<string>> {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    routes.set(url, methods);
  });
  return routes;
}

/** A method that a resource does not have is told apart from a resource that is not there (RFC 9110, 15.5.6). */
function sendNoSuch(request: FastifyRequest, reply: FastifyReply, routes: ReadonlyMap<string, ReadonlySet<string>>) {
  const path = request.url.replace(/\?.*$/s, '');
  for (const [url, methods] of routes) {
    if (!isPathOf(url, path)) continue;
    // It has the method, and nothing by that name.
    if (methods.has(request.method)) break;
    const allow = [...methods].join(', ');
    reply.header('allow', allow);
    return sendProblem(reply, new BoardError('method-not-allowed', `Here only ${allow} can be used.`));
  }
  return sendProblem(reply, new BoardError('not-found', 'There is no such resource.'));
}

/** @param url - a route's, as the framework has it. */
function isPathOf(url: string, path: string): boolean {
  const pattern = url
    .replace(/[^\w/:*-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replace(/:\w+/g, '[^/]+');
  return new RegExp(`^${pattern}$`).test(path);
}

/** What a route does not know is refused, so that a misspelt parameter is never taken for none. */
function refuseUnknownParameters(request: FastifyRequest, _: FastifyReply, done: (error?: Error) => void): void {
  const schema = request.routeOptions.schema?.querystring as { properties?: object } | undefined;
  const known = schema?.properties ?? {};
  const unknown = Object.keys(request.query ?? {}).find((name) => !Object.hasOwn(known, name));
  // Whoever hands on a link to the page may add to it what they track people by.
  if (isForPage(request)) done();
  else if (unknown !== undefined) done(badInput(unknown, 'is not known here'));
  else if (isUnreadable(request)) done(new BoardError('bad-input', 'The URL is not well encoded.'));
  else done();
}

/** The same of a body, at routes that take no input: `DELETE /user` with a field in it was meant to delete something else. */
function refuseUnwantedBodies(request: FastifyRequest, _: FastifyReply, done: (error?: Error) => void): void {
  if (!hasBody(request) || takesInput(request)) done();
  else {
    bodyOf(request).then((body) => {
      const [field] =
        typeof body === 'object' && body !== null ? Object.keys(body) : body === undefined ? [] : ['body'];
      done(field === undefined ? undefined : badInput(field, 'is not known here'));
    }, done);
  }
}

function takesInput({ is404, routeOptions: { schema } }: FastifyRequest): boolean {
  return is404 || schema?.body !== undefined || schema?.querystring !== undefined;
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import { noCookie } from './cookie.ts';
import { clientBy, isOfCookie } from './credentials.ts';
import type { DirectOptions } from './direct.ts';
import { fieldsOf } from './input.ts';
import type { RequestHead } from './plain-request.ts';
import { refusalOf } from './problem.ts';
import { ACCEPT_QUERY } from './query-method.ts';
import { requestIdOf } from './request-log.ts';
import { endWith, socketOutlet, streamHeaders } from './socket-outlet.ts';
import { STANDING_HEADERS } from './standing-headers.ts';
import { CONTENT_TYPES, formatOf, StreamInput, streamInputOf } from './stream-input.ts';
import { comeBackOf } from './stream-refusal.ts';
import { GONE } from './watch-answers.ts';

/** Takes over a connection whose last request is for a stream, and a plain one. Otherwise `false`, and nothing was done. */
export type TakeStream = (head: RequestHead, socket: Socket) => boolean;

/**
 * Answers `GET /stream` past Node's HTTP server and the framework: what they keep for a connection, as long as it lasts,
 * was half of the memory that a reader takes, and a third of the time to let one in. What is in any way special is left to the route; what both do, both do by the same functions.
 */
export function streamDirectly(options: DirectOptions): TakeStream {
  const { board, limits, isOurs, addressOf, metrics, requestLog, log } = options;
  const follow = async (exchange: StreamExchange) => {
    const { request, socket } = exchange;
    let leave = () => {};
    try {
      limits.read(exchange, exchange);
      Object.assign(exchange.headers, ACCEPT_QUERY);
      // Nothing else will come by this connection: no log-in need be kept for it.
      const client = await clientBy(board, limits, {
        ...ROOT,
        headers: request.headers,
        ip: exchange.ip,
        socket: request,
      });
      exchange.username = client.username;
      const { query } = streamInputOf(request, fieldsOf(Object.entries(request.query), StreamInput.properties));
      leave = await limits.stream(client, exchange);
      const format = formatOf(request.headers);
      const open = () => {
        exchange.status = 200;
        const outlet = socketOutlet(socket, { ...exchange.headers, ...streamHeaders(CONTENT_TYPES[format]) });
        outlet.onClose(leave);
        return outlet;
      };
      await client.pipe(query, format, open, { beforeReplay: () => limits.replay(exchange) });
    } catch (error) {
      leave();
      const { id } = exchange;
      const refusal = comeBackOf(request.headers, error) ?? refusalOf(error, { id, headers: request.headers }, log);
      exchange.status = refusal.status;
      const cookie = isOfCookie(error) && { 'set-cookie': noCookie(ROOT) };
      endWith(socket, { ...refusal, headers: { ...exchange.headers, ...refusal.headers, ...cookie } });
    }
  };

  return (head, socket) => {
    const { method, url = '', headers } = head;
    if (method !== 'GET' || !isPlain(url, headers, isOurs)) return false;
    // As the framework reads it: what comes twice is a list, and nothing is left out, however much there is.
    const query = parse(url.slice(PATH.length + 1), '&', '=', { maxKeys: 0 });
    if (!Object.keys(query).every((name) => FIELDS.has(name))) return false;

    const ip = addressOf(socket, headers);
    // The route warns of it.
    if (ip === null) return false;
    const exchange = new StreamExchange({ method, url, headers, query }, socket, ip);
    socket.once('close', () => {
      const ms = performance.now() - exchange.start;
      metrics?.answered('GET', PATH, exchange.status, ms / 1000);
      requestLog?.answered(exchange, ms);
    });
    // Whatever else comes is dropped; the end of it is the end of the reader.
    socket.allowHalfOpen = false;
    void follow(exchange);
    return true;
  };
}

/** A request for a stream. */
interface Asked extends RequestHead {
  readonly query: ParsedUrlQuery;
}

const PATH = '/stream';

/** Where the board of a server of our own is mounted. */
const ROOT = { server: { prefix: '' } };

/** What a stream's URL may have in it. Polls, and tokens, are for the route. */
const FIELDS: ReadonlySet<string> = new Set(
  Object.keys(StreamInput.properties).filter((name) => !['poll', 'wait', 'limit', 'token'].includes(name)),
);

function isPlain(url: string, headers: IncomingHttpHeaders, isOurs: (host: string) => boolean): boolean {
  return (
    (url === PATH || url.startsWith(`${PATH}?`)) &&
    // Bad encodings are the route's to tell of.
    !url.includes('%') &&
    headers.host !== undefined &&
    isOurs(headers.host) &&
    headers['content-length'] === undefined &&
    headers.origin === undefined
  );
}

/** A request for a stream, and what is known of its answer. */
class StreamExchange {
  readonly request: Asked;
  readonly socket: Socket;
  readonly ip: string;
  readonly headers: Record<string, string> = { ...STANDING_HEADERS };
  readonly start = performance.now();
  status = GONE;
  username: string | null = null;
  #id: string | undefined;

  constructor(request: Asked, socket: Socket, ip: string) {
    this.request = request;
    this.socket = socket;
    this.ip = ip;
  }

  get id(): string {
    this.#id ??= requestIdOf(this.request);
    return this.#id;
  }

  header(name: string, value: string): void {
    this.headers[name] = value;
  }
}

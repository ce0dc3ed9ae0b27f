import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Board, LocalClient } from '../model/board.ts';
import { ListQuery } from '../model/client.ts';
import { type Message, type MessageDraft, messageJson } from '../model/message.ts';
import { oncePer } from '../model/once-per.ts';
import { jsonOf, MOST_BODY } from './body.ts';
import type { ClientAddress } from './client-address.ts';
import { etagOf } from './conditions.ts';
import { authorized } from './credentials.ts';
import { fieldsOf } from './input.ts';
import type { Limits } from './limits/limits.ts';
import { pageAnswer } from './page-answer.ts';
import { refusalOf } from './problem.ts';
import { ACCEPT_QUERY } from './query-method.ts';
import { requestIdOf } from './request-log.ts';
import { JSON_TYPE, locationOf, STANDING_HEADERS } from './standing-headers.ts';
import type { Watchers } from './watch-answers.ts';

/** Answers a request if it is one of the plainest. Otherwise `false`, and nothing was done. */
export type Direct = (request: IncomingMessage, response: ServerResponse) => boolean;

/** What is answered with, past the framework. */
export interface DirectOptions extends Watchers {
  readonly board: Board;
  readonly limits: Limits;
  /** Whether the board goes by this name. */
  readonly isOurs: (host: string) => boolean;
  readonly addressOf: ClientAddress;
  readonly log: FastifyBaseLogger;
}

/**
 * Answers the requests that come most, `POST /message`, `GET /message/:id` and `GET /messages`, past the framework: its
 * hooks, parsers and replies took 8 of a POST's 50 microseconds. What is in any way special (a browser's, a key, a
 * condition, a cookie, a filter) is left to the routes, which know it all; what both do, both do by the same functions.
 */
export function directly({ board, limits, isOurs, addressOf, metrics, requestLog, log }: DirectOptions): Direct {
  const isPlain = ({ headers }: IncomingMessage) =>
    headers.host !== undefined && isOurs(headers.host) && !SPECIAL.some((name) => headers[name] !== undefined);

  const answer = async (exchange: Exchange, route: string, make: () => Promise<void>) => {
    const { request } = exchange;
    try {
      await make();
    } catch (thrown) {
      const { status, headers, body } = refusalOf(thrown, { id: exchange.id, headers: request.headers }, log);
      exchange.headers(headers);
      exchange.send(status, body);
    }
    const ms = performance.now() - exchange.start;
    metrics?.answered(request.method ?? '', route, exchange.status, ms / 1000);
    requestLog?.answered(exchange, ms);
  };

  return (request, response) => {
    const { method, url = '' } = request;
    const ip = isPlain(request) ? addressOf(request.socket, request.headers) : null;
    if (ip === null) return false;
    if (method === 'POST' && url === '/message' && hasShortJson(request)) {
      const exchange = new Exchange({ board, limits, request, response, ip });
      collect(request, (body) => void answer(exchange, '/message', () => post(exchange, body)));
      return true;
    }
    if (method !== 'GET' || 'content-length' in request.headers) return false;
    if (ONE_MESSAGE.test(url)) {
      const exchange = new Exchange({ board, limits, request, response, ip });
      void answer(exchange, '/message/:id', () => get(exchange, Number(url.slice(url.lastIndexOf('/') + 1))));
      return true;
    }
    const query = pageAsked(url);
    if (!query) return false;
    const exchange = new Exchange({ board, limits, request, response, ip });
    void answer(exchange, '/messages', () => list(exchange, query));
    return true;
  };
}

const ONE_MESSAGE = /^\/message\/[1-9]\d{0,14}$/;

/** A page of all messages there are: by no filter, and by nothing twice. */
const A_PAGE = /^\/messages(?:\?(?:(?:(?:limit|offset|before|after)=\d{1,15}|order=[a-z]{1,9})(?:&(?=.)|$)){1,5})?$/;
const TWICE = /\b(\w+)=.*&\1=/;

/** What URLs ask for: most who ask for a page ask for the same few. */
const PAGES_ASKED = new LRUCache<string, ListQuery>({ max: 1000 });

/** The page that is asked for; `null`: it is none of all messages. */
function pageAsked(url: string): ListQuery | null {
  const known = PAGES_ASKED.get(url);
  if (known) return known;
  if (!A_PAGE.test(url) || TWICE.test(url)) return null;
  // The board checks what it is given.
  const query = fieldsOf(new URLSearchParams(url.slice('/messages'.length)), ListQuery.properties) as ListQuery;
  PAGES_ASKED.set(url, query);
  return query;
}

const SPECIAL = [
  'content-encoding',
  'cookie',
  'idempotency-key',
  'if-none-match',
  'origin',
  'sec-fetch-site',
  'transfer-encoding',
] as const;

function hasShortJson({ headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  return length > 0 && length <= MOST_BODY && /^application\/json(?:;|$)/.test(headers['content-type'] ?? '');
}

/** The parser sees to it that a body is as long as its request says. */
function collect(request: IncomingMessage, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const [first] = chunks;
    then(chunks.length === 1 && first ? first : Buffer.concat(chunks));
  });
}

async function post(exchange: Exchange, body: Buffer): Promise<void> {
  const client = await exchange.client();
  await exchange.limits.post(client, 1, exchange);
  // The board checks what it is given.
  const message = await client.messages.post(jsonOf(body) as MessageDraft, {});
  exchange.header('location', locationOf(message));
  exchange.sendMessage(201, message);
}

async function get(exchange: Exchange, id: number): Promise<void> {
  exchange.limits.read(exchange, exchange);
  const client = await exchange.client();
  exchange.sendMessage(200, await client.messages.get(id));
}

async function list(exchange: Exchange, query: ListQuery): Promise<void> {
  exchange.limits.read(exchange, exchange);
  exchange.headers(ACCEPT_QUERY);
  const client = await exchange.client();
  const { headers, body } = pageAnswer(await client.messages.list(query));
  exchange.headers(headers);
  exchange.send(200, body);
}

interface Exchanged {
  readonly board: Board;
  readonly limits: Limits;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ip: string;
}

/** A request, and the answer as it comes about. */
class Exchange {
  readonly limits: Limits;
  readonly ip: string;
  readonly socket: object;
  readonly request: IncomingMessage;
  readonly start = performance.now();
  readonly #board: Board;
  readonly #response: ServerResponse;
  #client: LocalClient | undefined;
  #id: string | undefined;
  /** Names and values in turn, as Node takes them fastest. */
  readonly #headers: string[] = [...STANDING];

  constructor({ board, limits, request, response, ip }: Exchanged) {
    this.limits = limits;
    this.ip = ip;
    this.socket = request.socket;
    this.#board = board;
    this.request = request;
    this.#response = response;
  }

  get id(): string {
    this.#id ??= requestIdOf(this.request);
    return this.#id;
  }

  get status(): number {
    return this.#response.statusCode;
  }

  get username(): string | null {
    return this.#client?.username ?? null;
  }

  async client(): Promise<LocalClient> {
    const { headers } = this.request;
    const { authorization } = headers;
    if (authorization === undefined) return this.#board.as();
    this.#client = await authorized(
      this.#board,
      this.limits,
      { headers, ip: this.ip, socket: this.socket },
      authorization,
    );
    return this.#client;
  }

  header(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  headers(all: Headers): void {
    this.#headers.push(...inTurn(all));
  }

  sendMessage(status: number, message: Message): void {
    this.header('etag', etagOf(message));
    this.header('content-type', JSON_TYPE);
    this.send(status, messageJson(message));
  }

  send(status: number, body: string | Buffer): void {
    this.header('content-length', `${Buffer.byteLength(body)}`);
    this.#response.writeHead(status, this.#headers);
    this.#response.end(body);
  }
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Headers as names and values in turn. Most are those of many answers, and to list them anew was a tenth of a page's. */
const inTurn = oncePer((headers: Headers) =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value])),
);

const STANDING = inTurn(STANDING_HEADERS);

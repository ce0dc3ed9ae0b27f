import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Board } from '../model/board.ts';
import { ListQuery } from '../model/client.ts';
import type { MessageDraft } from '../model/message.ts';
import { jsonOf, MOST_BODY } from './body.ts';
import type { ClientAddress } from './client-address.ts';
import { Exchange } from './exchange.ts';
import { fieldsOf } from './input.ts';
import type { Limits } from './limits/limits.ts';
import { messageAnswer, sharedMessageAnswer } from './message-answer.ts';
import { pageAnswer } from './page-answer.ts';
import type { RequestHead } from './plain-request.ts';
import { refusalOf } from './problem.ts';
import { ACCEPT_QUERY } from './query-method.ts';
import type { Answer } from './socket-answer.ts';
import { JSON_TYPE, locationOf } from './standing-headers.ts';
import { GONE, type Watchers } from './watch-answers.ts';

/** Looks whether a request is one of the plainest. `null`: it is not. */
export type Direct = (request: RequestHead, socket: Socket) => Answering | null;

/**
 * Answers it: gives the answer, and resolves once everybody knows of it.
 *
 * @param body - `null`: whoever sent it is gone before it has come whole.
 */
export type Answering = (body: Buffer | null, give: (answer: Answer) => void) => Promise<void>;

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
 * Answers the requests that come most, `POST /message`, `GET /message/:id` and `GET /messages`, past the framework, whose
 * hooks, parsers and replies took 8 of a POST's 50 microseconds, and by a plain connection past Node's server as well. What
 * is in any way special (a browser's, a key, a condition, a cookie, a filter) is left to the routes, which know it all; what
 * both do, both do by the same functions.
 */
export function directly({ board, limits, isOurs, addressOf, metrics, requestLog, log }: DirectOptions): Direct {
  const isPlain = ({ headers }: RequestHead) =>
    headers.host !== undefined && isOurs(headers.host) && !SPECIAL.some((name) => headers[name] !== undefined);

  const answering = (route: string, request: RequestHead, socket: Socket, make: Make): Answering | null => {
    const ip = addressOf(socket, request.headers);
    // The route warns of it.
    if (ip === null) return null;
    const start = performance.now();
    return async (body, give) => {
      const exchange = new Exchange({ board, limits, request, socket, ip, give });
      try {
        if (body) await make(exchange, body);
      } catch (thrown) {
        const refusal = refusalOf(thrown, { id: exchange.id, headers: request.headers }, log);
        exchange.headers(refusal.headers);
        exchange.send(refusal.status, refusal.body);
      }
      const ms = performance.now() - start;
      if (socket.destroyed) exchange.status = GONE;
      metrics?.answered(request.method ?? '', route, exchange.status, ms / 1000);
      requestLog?.answered(exchange, ms);
    };
  };

  return (request, socket) => {
    const { method, url = '', headers } = request;
    if (!isPlain(request)) return null;
    if (method === 'POST' && url === '/message' && hasShortJson(headers)) {
      return answering('/message', request, socket, post);
    }
    if (method !== 'GET' || 'content-length' in headers) return null;
    if (ONE_MESSAGE.test(url)) {
      const id = Number(url.slice(url.lastIndexOf('/') + 1));
      return answering('/message/:id', request, socket, (exchange) => get(exchange, id));
    }
    const query = pageAsked(url);
    return query && answering('/messages', request, socket, (exchange) => list(exchange, query));
  };
}

type Make = (exchange: Exchange, body: Buffer) => Promise<void>;

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

function hasShortJson(headers: IncomingHttpHeaders): boolean {
  const length = Number(headers['content-length']);
  return length > 0 && length <= MOST_BODY && JSON_TYPES.has(headers['content-type']);
}

/** What most say of it; of whatever else there is, the route knows what it means. */
const JSON_TYPES: ReadonlySet<string | undefined> = new Set(['application/json', JSON_TYPE]);

/** The same of a request that came by Node's HTTP server. */
export function answerByServer(direct: Direct): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const answering = direct(request, request.socket);
    if (!answering) return false;
    collect(request, (body) =>
      answering(body, (answer) => {
        response.writeHead(answer.status, [...answer.headers]);
        response.end(answer.body);
      }),
    );
    return true;
  };
}

/** The parser sees to it that a body is as long as its request says. */
function collect(request: IncomingMessage, then: (body: Buffer | null) => void): void {
  if (request.method === 'GET') {
    then(NOTHING);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => void chunks.push(chunk));
  request.on('end', () => {
    const [first] = chunks;
    then(chunks.length === 1 && first ? first : Buffer.concat(chunks));
  });
  request.on('close', () => {
    if (!request.complete) then(null);
  });
}

const NOTHING = Buffer.alloc(0);

async function post(exchange: Exchange, body: Buffer): Promise<void> {
  const client = await exchange.client();
  await exchange.limits.post(client, exchange);
  // The board checks what it is given.
  const message = await client.messages.post(jsonOf(body) as MessageDraft, {});
  exchange.header('location', locationOf(message));
  exchange.sendMessage(201, messageAnswer(message));
}

async function get(exchange: Exchange, id: number): Promise<void> {
  exchange.limits.read(exchange, exchange);
  const client = await exchange.client();
  exchange.sendMessage(200, sharedMessageAnswer(await client.messages.get(id)));
}

async function list(exchange: Exchange, query: ListQuery): Promise<void> {
  exchange.limits.read(exchange, exchange);
  exchange.headers(ACCEPT_QUERY);
  const client = await exchange.client();
  const { headers, body } = pageAnswer(await client.messages.list(query));
  exchange.headers(headers);
  exchange.send(200, body);
}

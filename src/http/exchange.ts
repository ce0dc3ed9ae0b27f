import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Board, LocalClient } from '../model/board.ts';
import { oncePer } from '../model/once-per.ts';
import { authorized } from './credentials.ts';
import type { Limits } from './limits/limits.ts';
import type { MessageAnswer } from './message-answer.ts';
import type { RequestHead } from './plain-request.ts';
import { requestIdOf } from './request-log.ts';
import type { Answer } from './socket-answer.ts';
import { JSON_TYPE, STANDING_HEADERS } from './standing-headers.ts';
import { GONE } from './watch-answers.ts';

interface ExchangeOptions {
  readonly board: Board;
  readonly limits: Limits;
  readonly request: RequestHead;
  readonly socket: Socket;
  readonly ip: string;
  readonly give: (answer: Answer) => void;
}

/** A request that is answered past the framework, and the answer as it comes about. */
export class Exchange {
  readonly limits: Limits;
  readonly ip: string;
  readonly request: RequestHead;
  status = GONE;
  readonly #options: ExchangeOptions;
  #client: LocalClient | undefined;
  #id: string | undefined;
  readonly #headers: string[] = [...STANDING];

  constructor(options: ExchangeOptions) {
    this.limits = options.limits;
    this.ip = options.ip;
    this.request = options.request;
    this.#options = options;
  }

  get id(): string {
    this.#id ??= requestIdOf(this.request);
    return this.#id;
  }

  get username(): string | null {
    return this.#client?.username ?? null;
  }

  async client(): Promise<LocalClient> {
    const { board, limits, request, socket, ip } = this.#options;
    const { headers } = request;
    const { authorization } = headers;
    if (authorization === undefined) return board.as();
    this.#client = await authorized(board, limits, { headers, ip, socket }, authorization);
    return this.#client;
  }

  header(name: string, value: string): void {
    this.#headers.push(name, value);
  }

  headers(all: Headers): void {
    this.#headers.push(...inTurn(all));
  }

  sendMessage(status: number, { etag, json }: MessageAnswer): void {
    this.header('etag', etag);
    this.header('content-type', JSON_TYPE);
    this.send(status, json);
  }

  send(status: number, body: string | Buffer): void {
    const size = Buffer.byteLength(body);
    this.header('content-length', `${size}`);
    this.status = status;
    this.#options.give({ status, headers: this.#headers, body, size });
  }
}

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Headers as names and values in turn. Most are those of many answers, and to list them anew was a tenth of a page's. */
const inTurn = oncePer((headers: Headers) =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value])),
);

const STANDING = inTurn(STANDING_HEADERS);

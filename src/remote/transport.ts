import { BoardError } from '../model/errors.ts';
import { queryString } from '../model/query-string.ts';
import { Authorization, type CredentialsSource } from './credentials.ts';
import { refusalOf } from './problem.ts';
import { pause, pauseAfter, willPass } from './retry.ts';

/** How long (ms) an answer may take to begin; the board itself gives up a request after as long. */
export const PATIENCE = 30_000;

export interface ConnectOptions {
  /** Sends requests instead of the platform's `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** How long (ms) a call is repeated while the board cannot be reached or is busy. Default: 15 s; 0: not at all. */
  readonly retryFor?: number | undefined;
}

/** One thing to ask of a board. */
interface Call {
  readonly method?: 'GET' | 'QUERY' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the board's address, e.g. `message/1`. */
  readonly path: string;
  readonly query?: object;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** How long (ms) the answer may take to come. Default: 30 s. */
  readonly patience?: number;
  /** Whether to do it twice is the same as to do it once, so that it may be repeated when its answer got lost. */
  readonly isRepeatable: boolean;
}

/** A longer query string would not get through everywhere; the same fields in the body of a QUERY do. */
const MOST_QUERY = 2000;

/** Reading what a filter selects, however long that is. */
export function read(path: 'messages' | 'stream', query: object): Pick<Call, 'method' | 'path' | 'query' | 'json'> {
  return queryString(query).length > MOST_QUERY ? { method: 'QUERY', path, json: query } : { path, query };
}

interface Answer {
  readonly headers: Headers;
  /** `undefined`: there is none. */
  readonly body: unknown;
}

/** The way to a board: addresses, credentials, refusals, and trying again. */
export class Transport {
  readonly #base: URL;
  readonly #authorization: Authorization;
  readonly #fetch: NonNullable<ConnectOptions['fetch']>;
  readonly #retryFor: number;

  constructor(url: string | URL, credentials?: CredentialsSource, options: ConnectOptions = {}) {
    // A page may name its board by a path alone.
    this.#base = new URL(url, (globalThis as { location?: { href: string } }).location?.href);
    this.#base.pathname = this.#base.pathname.replace(/\/*$/, '/');
    this.#authorization = new Authorization(credentials);
    this.#fetch = options.fetch ?? ((target, init) => fetch(target, init));
    this.#retryFor = options.retryFor ?? 15_000;
  }

  /** Asks, as often as need be, and reads the whole answer. */
  async ask(call: Call): Promise<Answer> {
    const deadline = performance.now() + this.#retryFor;
    for (let failures = 0; ; failures++) {
      try {
        return await this.#askOnce(call);
      } catch (error) {
        if (call.signal?.aborted) throw call.signal.reason;
        // What was refused as too much has not been done, so that may be repeated whatever it is.
        const isSafe = call.isRepeatable || (error instanceof BoardError && error.code === 'too-many');
        if (!isSafe || !willPass(error)) throw error;
        const ms = pauseAfter(failures, error);
        if (performance.now() + ms > deadline) throw error;
        await pause(ms, call.signal);
      }
    }
  }

  /**
   * Asks once, and answers as soon as there is something to read.
   *
   * @throws BoardError of the code that the board gave; `unavailable` if it cannot be reached.
   */
  async send(call: Call): Promise<Response> {
    const header = await this.#authorization.header();
    let response = await this.#sendAs(header, call);
    if (response.status === 401 && (await this.#authorization.renew(header))) {
      await response.body?.cancel();
      response = await this.#sendAs(await this.#authorization.header(), call);
    }
    const refusal = await this.#reading(refusalOf(response));
    if (refusal) throw refusal;
    return response;
  }

  async #askOnce(call: Call): Promise<Answer> {
    const timer = AbortSignal.timeout(call.patience ?? PATIENCE);
    const signal = call.signal ? AbortSignal.any([call.signal, timer]) : timer;
    const response = await this.send({ ...call, signal });
    const text = await this.#reading(response.text());
    return { headers: response.headers, body: text === '' ? undefined : this.#parse(text) };
  }

  #sendAs(authorization: string | null, call: Call): Promise<Response> {
    const { method = 'GET', path, query = {}, json, headers, signal } = call;
    const url = new URL(path, this.#base);
    url.search = queryString(query);
    const init: RequestInit = {
      method,
      headers: {
        ...headers,
        ...(authorization !== null && { authorization }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(signal && { signal }),
    };
    return this.#reading(this.#fetch(url.href, init));
  }

  /** A connection that fails is the board being away. */
  async #reading<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } catch (cause) {
      throw new BoardError('unavailable', `The board at ${this.#base.origin} cannot be reached.`, { cause });
    }
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.noBoard(cause);
    }
  }

  /** What answers is something else, such as the page that a server sends for whatever it does not know. */
  noBoard(cause?: unknown): BoardError {
    return new BoardError('unavailable', `What answers at ${this.#base.origin} is not a board.`, { cause });
  }
}

/**
 * The cursor that an answer comes with.
 *
 * @throws BoardError `unavailable` if there is none, so that something between here and the board has taken it away.
 */
export function cursorOf({ headers }: Answer): string {
  const cursor = headers.get('last-event-id');
  if (cursor !== null) return cursor;
  throw new BoardError('unavailable', 'The answer came without its Last-Event-ID header.');
}

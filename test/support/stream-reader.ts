import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import type { StreamEvent } from '../../src/model/change.ts';
import { within } from './eventually.ts';

export interface StreamOptions {
  /** Default: `sse`. */
  readonly format?: 'sse' | 'ndjson';
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: GET. */
  readonly method?: string;
  readonly body?: string;
  /** Runs on each event, at once: what it cuts ends before the next one, in the middle of a chunk too. */
  readonly onEvent?: (event: StreamEvent, reader: StreamReader) => void;
}

/** Opens a live stream, as EventSource does it or as one JSON object a line. */
export async function openStream(url: string, path = '/stream', options: StreamOptions = {}): Promise<StreamReader> {
  const accept = options.format === 'ndjson' ? 'application/x-ndjson' : 'text/event-stream';
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    const { method = 'GET', headers, body } = options;
    const asked = request(new URL(path, url), { method, headers: { accept, ...headers }, agent: false }, resolve);
    asked.on('error', reject).end(body);
  });
  const response = await within(answered, () => `an answer to ${path}`);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`${path} is answered ${response.statusCode}`);
  }
  return new StreamReader(response, options);
}

/** A reader of a stream, which can be cut at any moment. */
export class StreamReader {
  readonly headers: Headers;
  readonly events: StreamEvent[] = [];
  /** How it came to its end: `end` is a whole answer, `cut` a connection that broke. */
  readonly ended: Promise<'end' | 'cut'>;
  /** Where the stream goes on, as EventSource keeps it: an `id:` without data counts. */
  lastId: string | undefined;
  /** The `retry:` of the stream, in milliseconds. */
  retry: number | undefined;
  /** The text that has come, or its first 64 KiB. */
  raw = '';

  readonly #response: IncomingMessage;
  readonly #onEvent: StreamOptions['onEvent'];
  readonly #sse = createParser({
    onEvent: ({ id, event, data }) => {
      const json: unknown = JSON.parse(data);
      const type = event ?? 'message';
      const rest = type === 'reset' ? { ...(json as object), message: null } : { message: json };
      this.#receive({ cursor: id ?? '', type, ...rest } as StreamEvent);
    },
    onRetry: (retry) => {
      this.retry = retry;
    },
    onError: (error) => assert.fail(error),
  });
  #waiters: (() => void)[] = [];
  #pending = '';
  #taken = 0;
  #isCut = false;
  #isOver = false;

  constructor(response: IncomingMessage, options: StreamOptions) {
    this.headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
    this.#response = response;
    this.#onEvent = options.onEvent;
    const feed = options.format === 'ndjson' ? this.#feedLines : this.#feedBlocks;
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (this.raw.length < 65_536) this.raw += chunk;
      this.#pending += chunk;
      feed.call(this);
      this.#wake();
    });
    // A cut shows as an error too; how it ended is asked on `close`.
    response.on('error', () => {});
    this.ended = new Promise((resolve) => {
      response.on('close', () => {
        this.#isOver = true;
        resolve(response.complete ? 'end' : 'cut');
        this.#wake();
      });
    });
  }

  /** Breaks off at once; what came in the same breath is not looked at. */
  cut(): void {
    this.#isCut = true;
    this.#response.destroy();
  }

  /** Stops reading, so that the other side's buffers fill. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  /** The next `count` events. */
  async take(count: number): Promise<StreamEvent[]> {
    await this.#until(() => this.events.length >= this.#taken + count, `${count} events`);
    this.#taken += count;
    return this.events.slice(this.#taken - count, this.#taken);
  }

  /** The next event. */
  async next(): Promise<StreamEvent> {
    const [event] = await this.take(1);
    assert.ok(event);
    return event;
  }

  /** Waits for a cursor, which comes even where nothing has happened. */
  async cursor(): Promise<string> {
    await this.#until(() => this.lastId !== undefined, 'an id');
    return this.lastId ?? '';
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    const seen = () => `${what}; the events so far: ${JSON.stringify(this.events.slice(-5)).slice(0, 1000)}`;
    while (!isThere()) {
      assert.ok(!this.#isOver, `the stream ended before ${seen()}`);
      await within(new Promise<void>((resolve) => this.#waiters.push(resolve)), seen);
    }
  }

  #feedBlocks(): void {
    for (let end = endOfBlock(this.#pending); end > 0 && !this.#isCut; end = endOfBlock(this.#pending)) {
      const block = this.#pending.slice(0, end);
      this.#pending = this.#pending.slice(end);
      this.#sse.feed(block);
      const silent = /^id: ?(.*)$/m.exec(block)?.[1];
      if (silent !== undefined && !this.#isCut) this.lastId = silent;
    }
  }

  #feedLines(): void {
    const lines = this.#pending.split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) {
      if (this.#isCut) return;
      const event = JSON.parse(line) as StreamEvent;
      if (event.type === 'idle') this.lastId = event.cursor;
      else this.#receive(event);
    }
  }

  #receive(event: StreamEvent): void {
    if (event.cursor !== '') this.lastId = event.cursor;
    this.events.push(event);
    this.#onEvent?.(event, this);
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** Where the first whole block ends, its empty line included; 0: there is none. */
function endOfBlock(text: string): number {
  const end = /\r\n\r\n|\n\n|\r\r/.exec(text);
  return end ? end.index + end[0].length : 0;
}

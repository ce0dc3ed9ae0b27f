import { ndjson, objects, sse } from '../feed/formats.ts';
import type { Subscription } from '../feed/subscriber.ts';
import type { Outlet, PipeOptions, StreamClient, StreamFormat } from '../model/board.ts';
import type { StreamEvent } from '../model/change.ts';
import { type Poll, PollQuery, type StreamOptions, StreamQuery, type WaitOptions } from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { BoardError } from '../model/errors.ts';
import { type Filter, filterFields } from '../model/filter.ts';
import { type Account, select } from './account.ts';
import { Collector } from './collector.ts';
import type { Parts } from './parts.ts';
import { validate } from './validate.ts';

/** Messages that a stream reads at a time while it catches up. */
const PAGE = 200;

/** How a stream goes. */
type Way<Chunk> = Pick<Subscription<Chunk>, 'format' | 'open' | 'pageSize' | 'isPoll' | 'beforeReplay'>;

/** A board as somebody of this process reads it live. */
export class BoardStreams implements StreamClient {
  readonly #parts: Parts;
  readonly #account: Account;
  readonly #bound: Filter | null;

  /** @param bound - the filter that alone is read with; `null`: whichever a query has. */
  constructor(parts: Parts, account: Account, bound: Filter | null = null) {
    this.#parts = parts;
    this.#account = account;
    this.#bound = bound;
  }

  viewer(): Promise<number | null> {
    return this.#parts.underWay.run(() => this.#account.viewer());
  }

  get username(): string | null {
    return this.#account.username;
  }

  async pipe(
    query: StreamQuery,
    format: StreamFormat,
    open: () => Outlet<Uint8Array>,
    options: PipeOptions = {},
  ): Promise<void> {
    validate(StreamQuery, query);
    await this.#begin(query, { ...options, format: format === 'sse' ? sse : ndjson, open, pageSize: PAGE });
  }

  async poll(query: PollQuery = {}, { signal }: WaitOptions = {}): Promise<Poll> {
    validate(PollQuery, query);
    const limit = query.limit ?? PollQuery.properties.limit.default;
    const collector = new Collector({ limit, waitMs: (query.wait ?? 0) * 1000, signal });
    const pageSize = Math.min(limit, PAGE);
    await this.#begin(query, { format: objects, open: () => collector, pageSize, isPoll: true });
    return collector.result;
  }

  /** A poll after the other, each from where the last one ended: nothing piles up while the loop is busy. */
  async *stream(query: StreamQuery = {}, { signal, idle }: StreamOptions = {}): AsyncGenerator<StreamEvent> {
    // What there is comes first and at once, then whatever happens.
    let next: PollQuery = { ...query, wait: 0 };
    while (!signal?.aborted) {
      const { events, cursor } = await this.poll(next, { signal });
      yield* events;
      if (idle && events.length < PollQuery.properties.limit.default) yield { cursor, type: 'idle', message: null };
      next = { ...query, cursor, wait: 60 };
    }
  }

  /** That it begins is what a board that closes waits for; what goes on it ends. */
  #begin<Chunk>(query: StreamQuery, way: Way<Chunk>): Promise<void> {
    return this.#parts.underWay.run(() => this.#subscribe(query, way));
  }

  async #subscribe<Chunk>(query: StreamQuery, way: Way<Chunk>): Promise<void> {
    const { hub, people } = this.#parts;
    const filter = this.#bound ? boundBy(this.#bound, query) : query;
    const viewer = await this.#account.viewer(filter);
    await hub.subscribe({
      viewer,
      isStillAllowed: () => this.#account.isStillAllowed(),
      until: this.#account.until,
      selection: await select(filter, viewer, people),
      cursor: query.cursor === undefined ? null : parseCursor(query.cursor),
      ...way,
    });
  }
}

/** @throws BoardError `forbidden` if a query asks for anything else than what it is bound to. */
function boundBy(bound: Filter, query: Filter): Filter {
  for (const name of Object.keys(filterFields) as (keyof Filter)[]) {
    if (query[name] !== undefined && sorted(query[name]) !== sorted(bound[name])) {
      throw new BoardError(
        'forbidden',
        `${name}: this token reads with a filter of its own. Leave it out, or repeat it.`,
      );
    }
  }
  return bound;
}

function sorted(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map(String).sort() : String(value));
}

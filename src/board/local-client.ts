import { ndjson, objects, sse } from '../feed/formats.ts';
import type { LocalClient, Outlet, StreamFormat } from '../model/board.ts';
import type { StreamEvent } from '../model/change.ts';
import {
  type Client,
  type Poll,
  PollQuery,
  type StreamOptions,
  StreamQuery,
  type WaitOptions,
} from '../model/client.ts';
import { parseCursor } from '../model/cursor.ts';
import { type Account, select } from './account.ts';
import { Collector } from './collector.ts';
import { MessageCalls } from './message-calls.ts';
import type { Parts } from './parts.ts';
import { TopicCalls } from './topic-calls.ts';
import { UserCalls } from './user-calls.ts';
import { validate } from './validate.ts';

/** Messages that a stream reads at a time while it catches up. */
const PAGE = 200;

/** What somebody may do on a board of this process. */
export class BoardClient implements LocalClient {
  readonly users: Client['users'];
  readonly messages: Client['messages'];
  readonly topics: Client['topics'];
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
    this.users = new UserCalls(parts, account).calls;
    this.messages = new MessageCalls(parts, account).calls;
    this.topics = new TopicCalls(parts).calls;
  }

  async pipe(query: StreamQuery, format: StreamFormat, open: () => Outlet<Uint8Array>): Promise<void> {
    validate(StreamQuery, query);
    const viewer = await this.#account.viewer();
    await this.#parts.hub.subscribe({
      viewer,
      isStillAllowed: () => this.#account.isStillAllowed(),
      selection: await select(query, viewer, this.#parts.people),
      cursor: query.cursor === undefined ? null : parseCursor(query.cursor),
      format: format === 'sse' ? sse : ndjson,
      open,
      pageSize: PAGE,
    });
  }

  async poll(query: PollQuery = {}, { signal }: WaitOptions = {}): Promise<Poll> {
    validate(PollQuery, query);
    const viewer = await this.#account.viewer();
    const limit = query.limit ?? PollQuery.properties.limit.default;
    const collector = new Collector({ limit, waitMs: (query.wait ?? 0) * 1000, signal });
    await this.#parts.hub.subscribe({
      viewer,
      isStillAllowed: () => this.#account.isStillAllowed(),
      selection: await select(query, viewer, this.#parts.people),
      cursor: query.cursor === undefined ? null : parseCursor(query.cursor),
      format: objects,
      open: () => collector,
      pageSize: Math.min(limit, PAGE),
    });
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
}

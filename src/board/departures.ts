import { setTimeout as sleep } from 'node:timers/promises';
import { BoardError } from '../model/errors.ts';
import { EVERYTHING } from '../model/filter.ts';
import type { Span } from '../store/selection.ts';
import type { Store } from '../store/store.ts';
import { noteGone } from './account-writes.ts';
import { inParts, removeAll } from './removing.ts';

/** Messages to read at a time. */
const PAGE = 500;

/** After a failure, the next try comes this much later (ms). */
const RETRY = 1000;

const FIRST: Span = { after: null, before: null, direction: 'asc', limit: PAGE, offset: 0 };

/**
 * Deletes what deleted accounts have written, a part at a time, so that nobody else's write waits for long. What a process
 * leaves undone the next one that starts goes on with.
 */
export class Departures {
  readonly #store: Store;
  readonly #onFault: (error: unknown) => void;
  readonly #running = new Map<number, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(store: Store, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#onFault = onFault;
  }

  /** Goes on with what is undone, of these accounts. */
  resume(userIds: readonly number[]): void {
    for (const userId of userIds) void this.finish(userId).catch(() => {});
  }

  /**
   * Resolves once no message of a deleted account is left.
   *
   * @throws BoardError `unavailable` if the board closes before.
   */
  finish(userId: number): Promise<void> {
    const running = this.#running.get(userId) ?? this.#finish(userId).finally(() => this.#running.delete(userId));
    this.#running.set(userId, running);
    return running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  async #finish(userId: number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (await this.#deletePage(userId)) continue;
        await this.#store.write(noteGone(userId));
        return;
      } catch (error) {
        this.#onFault(error);
        await sleep(RETRY, undefined, { signal, ref: false }).catch(() => {});
      }
    }
    throw new BoardError('unavailable', 'The board is closing. It deletes the rest when it is back.', {
      retryAfter: 5,
    });
  }

  /** Whether there was anything to delete. */
  async #deletePage(userId: number): Promise<boolean> {
    const sight = { viewer: userId, selection: { ...EVERYTHING, users: [userId] } };
    const { rows } = await this.#store.messages.list(FIRST, sight);
    for (const ids of inParts(rows)) {
      if (this.#stopping.signal.aborted) break;
      await this.#store.write(removeAll(ids));
    }
    return rows.length > 0;
  }
}

import { closing } from '../feed/closing.ts';
import type { Outlet } from '../model/board.ts';
import type { StreamEvent } from '../model/change.ts';
import type { Poll } from '../model/client.ts';

interface Bounds {
  /** At most so many events. */
  readonly limit: number;
  /** How long (ms) to wait for a first one. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The end of a stream that takes what there is, waits for a first event if need be, and is done. */
export class Collector implements Outlet<readonly StreamEvent[]> {
  /** Rejects with `unavailable` if the board closes before there was a cursor to give. */
  readonly result: Promise<Poll>;
  readonly #bounds: Bounds;
  readonly #events: StreamEvent[] = [];
  readonly #done = Promise.withResolvers<Poll>();
  #cursor: string | null = null;
  #onClose: () => void = () => {};
  #timer: NodeJS.Timeout | null = null;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
    this.result = this.#done.promise;
    // Whoever asked may be gone by the time it fails.
    this.result.catch(() => {});
    bounds.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  write(events: readonly StreamEvent[]): void {
    for (const event of events) {
      if (this.#events.length === this.#bounds.limit) break;
      this.#cursor = event.cursor;
      if (event.type !== 'idle') this.#events.push(event);
    }
    // An idle event says that this reader has caught up.
    const isLive = events.some(({ type }) => type === 'idle');
    if (this.#events.length === this.#bounds.limit) this.end();
    else if (this.#timer || isLive) this.#wait();
  }

  #wait(): void {
    if (this.#events.length > 0 || this.#bounds.waitMs === 0 || this.#bounds.signal?.aborted) this.end();
    else this.#timer ??= setTimeout(() => this.end(), this.#bounds.waitMs);
  }

  /** Before there is a cursor to give, the first one is waited for, which comes at once. */
  readonly #abort = () => {
    if (this.#cursor !== null) this.end();
  };

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#bounds.signal?.removeEventListener('abort', this.#abort);
    this.#onClose();
    if (this.#cursor !== null) this.#done.resolve({ events: this.#events, cursor: this.#cursor });
    else this.#done.reject(closing());
  }

  cut(): void {
    this.end();
  }

  backlog(): number {
    return 0;
  }

  async drained(): Promise<void> {}

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }
}

import type { StreamEvent } from '../../src/model/change.ts';
import type { Client, StreamOptions, StreamQuery } from '../../src/model/client.ts';
import { atEnd, type Scope } from './cleanup.ts';
import { within } from './eventually.ts';

/** Takes events from a client's stream, which ends with the test. */
export class Listener {
  readonly #events: AsyncIterator<StreamEvent>;

  constructor(scope: Scope, client: Client, query: StreamQuery, options: StreamOptions = {}) {
    const stop = new AbortController();
    this.#events = client.stream(query, { ...options, signal: stop.signal })[Symbol.asyncIterator]();
    // A loop that waits cannot be left by itself.
    atEnd(scope, async () => {
      stop.abort();
      await this.#events.return?.();
    });
  }

  /** The next `count` events. */
  async take(count: number): Promise<StreamEvent[]> {
    const taken: StreamEvent[] = [];
    while (taken.length < count) {
      const { done, value } = await within(this.#events.next(), () => `event ${taken.length + 1} of ${count}`);
      if (done) throw new Error(`the stream ended after ${taken.length} of ${count} events`);
      taken.push(value);
    }
    return taken;
  }
}

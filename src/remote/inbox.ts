/** What comes in, in order, for one who takes it out when it has time. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  #wake: () => void = () => {};

  put(item: Item): void {
    this.#items.push(item);
    this.#wake();
  }

  /** The next item; `null` once there was none for so many ms, or the signal aborts. */
  async take(ms: number, signal: AbortSignal): Promise<Item | null> {
    if (this.#items.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done);
        this.#wake = done;
      });
    }
    return (signal.aborted ? undefined : this.#items.shift()) ?? null;
  }
}

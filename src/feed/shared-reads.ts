/** Reads that are shared: whoever asks while one is under way is told by the next, so that nobody hears of what was before. */
export class SharedReads<Result> {
  readonly #read: () => Promise<Result>;
  #running: Promise<void> | null = null;
  #next: Promise<Result> | null = null;

  constructor(read: () => Promise<Result>) {
    this.#read = read;
  }

  /** Resolves with what is read from now on. */
  ask(): Promise<Result> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#begin();
    this.#next = this.#running.then(() => this.#begin());
    return this.#next;
  }

  #begin(): Promise<Result> {
    this.#next = null;
    const result = this.#read();
    const end = () => {
      this.#running = null;
    };
    this.#running = result.then(end, end);
    return result;
  }
}

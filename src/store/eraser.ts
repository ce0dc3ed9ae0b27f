/** How long (ms) what was deleted may stay in the files, at least while nobody reads it: they are cleaned in one go. */
const DELAY = 2000;

/**
 * Sees to it that what was deleted or overwritten is soon gone from the files of the database too, where it may live on
 * in a log.
 */
export class Eraser {
  readonly #erase: () => Promise<boolean>;
  readonly #onFault: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;
  #erasing: Promise<void> | null = null;

  /** @param erase - resolves with whether all is gone; with `false` it is tried again. */
  constructor(erase: () => Promise<boolean>, onFault: (error: unknown) => void) {
    this.#erase = erase;
    this.#onFault = onFault;
  }

  /** There is something to erase. */
  note(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#erasing = this.#run();
    }, DELAY).unref();
  }

  async stop(): Promise<void> {
    await this.#erasing;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    try {
      if (!(await this.#erase())) this.note();
    } catch (error) {
      this.#onFault(error);
      this.note();
    }
  }
}

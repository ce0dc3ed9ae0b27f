import { atMost, closing } from '../feed/closing.ts';
import { BoardError } from '../model/errors.ts';

/** How long (ms) a board that closes waits for what was called before: a hook of the host may take for ever. */
const PATIENCE = 5000;

type Call = (...input: never[]) => Promise<unknown>;

/** The calls that have begun and not ended. A board that closes takes no more, and keeps its database until these have ended. */
export class UnderWay {
  #count = 0;
  #isClosed = false;
  #isOver = false;
  readonly #none = Promise.withResolvers<void>();

  /** Whether no more calls are taken. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws BoardError `unavailable` if no more are taken, or it took so long that the database is gone. */
  async run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw closing();
    this.#count += 1;
    try {
      return await call();
    } catch (error) {
      throw this.#isOver && !(error instanceof BoardError) ? closing() : error;
    } finally {
      this.#count -= 1;
      if (this.#isClosed && this.#count === 0) this.#none.resolve();
    }
  }

  /** The same calls, each of them {@link run}. */
  counted<Calls extends Readonly<Record<string, Call>>>(calls: Calls): Calls {
    const counted: Record<string, Call> = {};
    for (const name in calls) {
      const call = calls[name];
      if (call) counted[name] = (...input) => this.run(() => call(...input));
    }
    // Of the same names, and each takes and answers what the other does.
    return counted as Calls;
  }

  /** Takes no more. Resolves once those under way have ended, or were waited for long enough. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#count > 0) await atMost(PATIENCE, this.#none.promise);
    this.#isOver = true;
  }
}

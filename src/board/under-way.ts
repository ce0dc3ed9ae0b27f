import { atMost, closing } from '../feed/closing.ts';
import { BoardError } from '../model/errors.ts';

/** How long (ms) a board that closes waits for what was called before: a hook of the host may take for ever. */
const PATIENCE = 5000;

type Call = (...input: never[]) => Promise<unknown>;

/** The calls that have begun and not ended. A board that closes takes no more, and keeps its database until these have ended. */
export class UnderWay {
  #open = 0;
  #isClosed = false;
  #isOver = false;
  readonly #none = Promise.withResolvers<void>();

  /** Whether no more calls are taken. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws BoardError `unavailable` if no more are taken, or it took so long that the database is gone. */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    return this.#isClosed ? Promise.reject(closing()) : this.#count(call());
  }

  /** The same calls, each of them {@link run}. */
  counted<Calls extends Readonly<Record<string, Call>>>(calls: Calls): Calls {
    const counted: Record<string, Call> = { ...calls };
    for (const name in counted) {
      const call = counted[name];
      if (call) counted[name] = (...input) => this.run(() => call(...input));
    }
    // Of the same names, and each takes and answers what the other does.
    return counted as Calls;
  }

  /** Every post passes here: an `async` function would take three times as long as this. */
  #count<Result>(answer: Promise<Result>): Promise<Result> {
    this.#open += 1;
    return answer.then(this.#answered, this.#failed);
  }

  readonly #answered = <Result>(result: Result): Result => {
    this.#end();
    return result;
  };

  readonly #failed = (error: unknown): never => {
    this.#end();
    throw this.#isOver && !(error instanceof BoardError) ? closing() : error;
  };

  #end(): void {
    this.#open -= 1;
    if (this.#isClosed && this.#open === 0) this.#none.resolve();
  }

  /** Takes no more. Resolves once those under way have ended, or were waited for long enough. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#open > 0) await atMost(PATIENCE, this.#none.promise);
    this.#isOver = true;
  }
}

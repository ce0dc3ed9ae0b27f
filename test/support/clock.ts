/** A clock that a test moves by hand. */
export class TestClock {
  #ahead = 0;

  readonly now = (): number => Date.now() + this.#ahead;

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    this.#ahead += ms;
  }
}

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

interface TurnstileOptions {
  /** How many pass at once in each {@link GAP}, as whoever comes alone does. */
  readonly atOnce: number;
  /** How many of those who wait pass in a turn of the event loop. */
  readonly most: number;
}

/** How long (ms) a crowd is let wait, so that it passes together, and what one is read serves all. */
const GAP = 20;

/** Lets a crowd pass in its order, together but in turns, so that it leaves room for everybody else. */
export class Turnstile {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  /** In this gap. */
  #passed = 0;

  constructor({ atOnce, most }: TurnstileOptions) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  /** Whether anybody has come just now. */
  get isUsed(): boolean {
    return this.#passed > 0;
  }

  /** @returns what resolves when it is one's turn; `null`: it is. */
  pass(): Promise<void> | null {
    if (this.#passed === 0) setTimeout(() => this.#open(), GAP);
    if (this.#passed < this.#atOnce) {
      this.#passed += 1;
      return null;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): void {
    const next = this.#waiting.splice(0, this.#most);
    if (this.#waiting.length > 0) setImmediate(() => this.#open());
    else {
      this.#passed = next.length;
      if (next.length > 0) setTimeout(() => this.#open(), GAP);
    }
    for (const resolve of next) resolve();
  }
}

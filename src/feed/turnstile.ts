interface TurnstileOptions {
  /** How many pass at once in a turn of the event loop. More are a crowd. */
  readonly atOnce: number;
  /** How many of a crowd pass in a turn. */
  readonly most: number;
}

/** How long (ms) a crowd is let wait, so that it passes together, and what one is read serves all. */
const GAP = 20;

/** Lets a crowd pass in its order, together but in turns, so that it leaves room for everybody else. */
export class Turnstile {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  /** At once, in this turn. */
  #passed = 0;
  /** From when somebody has to wait until nobody has come for a {@link GAP}. */
  #isCrowd = false;

  constructor({ atOnce, most }: TurnstileOptions) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  /** Whether anybody comes just now. */
  get isUsed(): boolean {
    return this.#isCrowd || this.#passed > 0;
  }

  /** @returns what resolves when it is one's turn; `null`: it is. */
  pass(): Promise<void> | null {
    if (!this.#isCrowd && this.#passed < this.#atOnce) {
      if (this.#passed === 0) setImmediate(() => this.#endTurn());
      this.#passed += 1;
      return null;
    }
    if (!this.#isCrowd) setTimeout(() => this.#open(), GAP);
    this.#isCrowd = true;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #endTurn(): void {
    this.#passed = 0;
  }

  #open(): void {
    const next = this.#waiting.splice(0, this.#most);
    if (this.#waiting.length > 0) setImmediate(() => this.#open());
    else if (next.length > 0) setTimeout(() => this.#open(), GAP);
    else this.#isCrowd = false;
    for (const resolve of next) resolve();
  }
}

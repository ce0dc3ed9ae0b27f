/** Lets so many pass in each turn of the event loop, in their order, so that a crowd leaves room for everybody else. */
export class Turnstile {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #passed = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether anybody has passed in this turn. */
  get isUsed(): boolean {
    return this.#passed > 0;
  }

  /** @returns what resolves when it is one's turn; `null`: it is. */
  pass(): Promise<void> | null {
    if (this.#passed === 0) setImmediate(() => this.#nextTurn());
    if (this.#passed < this.#most) {
      this.#passed += 1;
      return null;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #nextTurn(): void {
    const next = this.#waiting.splice(0, this.#most);
    this.#passed = next.length;
    if (next.length > 0) setImmediate(() => this.#nextTurn());
    for (const resolve of next) resolve();
  }
}

/** Counts for each key what it holds at once. Memory is bounded by what is held. */
export class Places {
  readonly #amount: number;
  readonly #held = new Map<string | number, number>();

  constructor(amount: number) {
    this.#amount = amount;
  }

  /** @returns what frees the place again; `null`: all are taken. */
  take(key: string | number): (() => void) | null {
    const held = this.#held.get(key) ?? 0;
    if (held >= this.#amount) return null;
    this.#held.set(key, held + 1);

    let isFree = false;
    return () => {
      if (isFree) return;
      isFree = true;
      const left = (this.#held.get(key) ?? 1) - 1;
      if (left > 0) this.#held.set(key, left);
      else this.#held.delete(key);
    };
  }
}

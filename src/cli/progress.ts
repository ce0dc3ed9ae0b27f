/** How often (ms) a bar is drawn anew. */
const EVERY = 100;
const WIDTH = 30;

/** A bar with a rate on a terminal's standard error; elsewhere nothing. */
export class Progress {
  readonly #what: string;
  readonly #begun = performance.now();
  #from: number | null = null;
  #drawn = 0;

  /** @param what - what is counted: `messages`. */
  constructor(what: string) {
    this.#what = what;
  }

  /** So many of them are done. */
  tell(done: number, total: number): void {
    this.#from ??= done;
    const now = performance.now();
    if (!process.stderr.isTTY || (now - this.#drawn < EVERY && done < total)) return;
    this.#drawn = now;

    const share = total === 0 ? 1 : Math.min(1, done / total);
    const full = Math.round(share * WIDTH);
    const seconds = (now - this.#begun) / 1000;
    const rate = Math.round((done - this.#from) / Math.max(seconds, 0.001));
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    process.stderr.write(
      `\r${bar} ${Math.floor(share * 100)}% of ${count(total)} ${this.#what}, ${count(rate)} a second\x1b[K`,
    );
  }

  /** Leaves the line to what is told next. */
  end(): void {
    if (this.#drawn > 0) process.stderr.write('\n');
    this.#drawn = 0;
  }
}

/** Runs `body` with a bar, which ends with it. */
export async function withProgress<Result>(
  what: string,
  body: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = new Progress(what);
  try {
    return await body(progress);
  } finally {
    progress.end();
  }
}

/** 12345 as 12,345. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

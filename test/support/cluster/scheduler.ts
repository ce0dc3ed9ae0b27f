import { Random } from '../random.ts';

/** Decides what happens next among all that may: the same seed is the same story. */
export class Scheduler {
  readonly random: Random;
  /** What has happened so far, a line each. */
  readonly story: string[] = [];
  readonly #pending: (() => void)[] = [];
  /** Whether there is bad luck; afterwards everything takes its time, and works. */
  isStormy = true;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  get isIdle(): boolean {
    return this.#pending.length === 0;
  }

  /** Has something happen at some moment. */
  later(what: () => void): void {
    this.#pending.push(what);
  }

  /** Lets one thing happen of those that may. */
  one(): void {
    const [what] = this.#pending.splice(this.random.below(this.#pending.length), 1);
    what?.();
  }

  /** Whether misfortune strikes here. */
  strikes(probability: number): boolean {
    return this.isStormy && this.random.chance(probability);
  }

  tell(line: string): void {
    this.story.push(line);
  }
}

/** Things that happen one after the other, each at some moment, as on a wire. */
export class Line {
  readonly #scheduler: Scheduler;
  readonly #queue: (() => void)[] = [];
  #isScheduled = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  push(what: () => void): void {
    this.#queue.push(what);
    this.#schedule();
  }

  /** Loses what is on the way, all of it or but its beginning; what is pushed later comes after that. */
  cut(): void {
    this.#queue.length = this.#scheduler.random.below(this.#queue.length + 1);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#queue.length === 0) return;
    this.#isScheduled = true;
    this.#scheduler.later(() => {
      this.#isScheduled = false;
      const what = this.#queue.shift();
      what?.();
      this.#schedule();
    });
  }
}

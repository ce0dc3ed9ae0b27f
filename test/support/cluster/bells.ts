import type { Connect, Line } from '../../../src/feed/doorbells/doorbell.ts';
import type { Scheduler } from './scheduler.ts';

type Ears = Parameters<Connect>[0];

/** A broker on which nodes ring for each other: what is said may be lost, heard twice, late, or the line breaks. */
export class Bells {
  readonly #scheduler: Scheduler;
  readonly #lines = new Set<Ears>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  connect(ears: Ears): Promise<Line> {
    return new Promise((resolve, reject) => {
      this.#scheduler.later(() => {
        if (this.#scheduler.strikes(0.1)) return reject(new Error('there is no broker'));
        this.#lines.add(ears);
        resolve({ say: (word) => this.#say(word), close: async () => void this.#lines.delete(ears) });
      });
    });
  }

  /** Breaks a line. */
  breakOne(): void {
    const ears = this.#scheduler.random.pick([...this.#lines]);
    if (!ears || !this.#lines.delete(ears)) return;
    this.#scheduler.tell('a bell is broken');
    ears.lost(new Error('the line broke'));
  }

  async #say(word: string): Promise<void> {
    for (const ears of this.#lines) {
      if (this.#scheduler.strikes(0.3)) continue;
      const times = this.#scheduler.strikes(0.1) ? 2 : 1;
      for (let time = 0; time < times; time++) {
        this.#scheduler.later(() => {
          if (this.#lines.has(ears)) ears.hear(word);
        });
      }
    }
  }
}

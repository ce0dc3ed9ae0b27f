import type { Outlet } from '../../../src/model/board.ts';
import type { Scheduler } from './scheduler.ts';

/** What a reader that takes nothing seems to have unsent, in bytes. */
const FULL = 2 ** 21;

/** A stream's bytes on their way from a node to a client: cut anywhere, delayed, or lost with the connection. */
export class SimulatedPipe implements Outlet<Uint8Array> {
  /** The client's end. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #scheduler: Scheduler;
  readonly #drained: (() => void)[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #unsent = Buffer.alloc(0);
  #isScheduled = false;
  #isEnding = false;
  #isStuck = false;
  /** Whether bytes still get through, and whether the server still writes. */
  #isWhole = true;
  isOpen = true;
  #onClose: () => void = () => {};

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.#leave(),
    });
  }

  write(chunk: Uint8Array): void {
    if (!this.isOpen || this.#isEnding) return;
    this.#unsent = Buffer.concat([this.#unsent, chunk]);
    this.#schedule();
  }

  backlog(): number {
    return this.#isStuck ? FULL : this.#unsent.length;
  }

  async drained(): Promise<void> {
    if (this.isOpen && this.#unsent.length > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  end(): void {
    this.#isEnding = true;
    this.#schedule();
  }

  /** The server breaks it off. */
  cut(): void {
    this.#serverIsGone();
    this.#scheduler.later(() => this.#fail(new TypeError('terminated')));
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
  }

  /** The network breaks it: both sides notice, each at some moment. */
  break(): void {
    this.#scheduler.tell('a stream breaks');
    this.#isWhole = false;
    this.#scheduler.later(() => this.#fail(new TypeError('terminated')));
    this.#scheduler.later(() => this.#serverIsGone());
  }

  /** Nothing gets through any more, and only the server is told. */
  fallSilent(): void {
    this.#scheduler.tell('a stream falls silent');
    this.#isWhole = false;
    this.#scheduler.later(() => this.#serverIsGone());
  }

  /** The client takes nothing for some time. */
  stick(isStuck: boolean): void {
    this.#isStuck = isStuck;
    this.#schedule();
  }

  /** The client gives it up. */
  abort(reason: unknown): void {
    this.#fail(reason);
    this.#leave();
  }

  #leave(): void {
    this.#isWhole = false;
    this.#scheduler.later(() => this.#serverIsGone());
  }

  #serverIsGone(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#release();
    this.#onClose();
  }

  #fail(reason: unknown): void {
    this.#isWhole = false;
    this.#controller?.error(reason);
    this.#controller = null;
  }

  #release(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStuck || (this.#unsent.length === 0 && !this.#isEnding)) return;
    this.#isScheduled = true;
    this.#scheduler.later(() => {
      this.#isScheduled = false;
      if (this.#isWhole && !this.#isStuck) this.#deliver();
    });
  }

  #deliver(): void {
    const { random } = this.#scheduler;
    const { length } = this.#unsent;
    const sent = random.chance(0.5) ? length : random.below(length + 1);
    if (sent > 0) this.#controller?.enqueue(this.#unsent.subarray(0, sent));
    this.#unsent = this.#unsent.subarray(sent);
    if (this.#unsent.length === 0) this.#allSent();
    else this.#schedule();
  }

  #allSent(): void {
    this.#release();
    if (!this.#isEnding || !this.#controller) return;
    this.#controller.close();
    this.#controller = null;
    this.#serverIsGone();
  }
}

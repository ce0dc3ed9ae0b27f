import { randomUUID } from 'node:crypto';

/** A line on which whatever one process says is heard by all, itself too. */
export interface Line {
  say(word: string): Promise<void>;
  close(): Promise<void>;
}

interface Ears {
  hear(word: string): void;
  /** The line is dead. */
  lost(error: unknown): void;
}

/** Opens a line. */
export type Connect = (ears: Ears) => Promise<Line>;

interface BellOptions {
  readonly onRing: () => void;
  /** Hears, once each time, that the bell is out of order, and that it rings again. */
  readonly onTrouble: (sentence: string, isInOrder: boolean) => void;
}

/** How soon (ms) to try again, at first and at last. */
const [SOON, LATE] = [200, 10_000];

/**
 * How soon (ms) after a ring the next may follow. Whoever hears one looks for all that is new, so under load one for each commit
 * is work for nothing, which costs PostgreSQL some percent of the messages that it takes over HTTP.
 */
const REST = 5;

/** How long (ms) one's own ring may take to be heard, before the line counts as dead. */
const ECHO = 5000;

/**
 * Tells all processes of a board to look. A ring that gets lost costs time, never a message: each looks by itself, too.
 * The line is opened again whenever it breaks. As a line can be dead without a word (a pooler that
 * swallows LISTEN, a cable that is cut), each process listens for its own rings as well.
 */
export class Doorbell {
  readonly #connect: Connect;
  readonly #options: BellOptions;
  readonly #self = randomUUID();
  #line: Line | null = null;
  /** Gives up the line that is there, or on its way. */
  #lost: (error: unknown) => void = () => {};
  #isSaying = false;
  #isDue = false;
  #isStopped = false;
  #isInOrder = true;
  #pause = SOON;
  #opening: Promise<void>;
  #retry: NodeJS.Timeout | undefined;
  #echo: NodeJS.Timeout | undefined;

  constructor(connect: Connect, options: BellOptions) {
    this.#connect = connect;
    this.#options = options;
    this.#opening = this.#open();
  }

  /** To be called after each commit. One ring at a time is on its way, or has just been, and what is due meanwhile is one more. */
  ring(): void {
    this.#isDue = true;
    if (this.#line && !this.#isSaying) void this.#say(this.#line);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#echo);
    await this.#opening;
    await this.#line?.close();
  }

  async #open(): Promise<void> {
    let isLost = false;
    const lost = (error: unknown) => {
      if (isLost) return;
      isLost = true;
      this.#lose(error);
    };
    this.#lost = lost;
    try {
      const line = await this.#connect({ hear: (word) => this.#hear(word), lost });
      if (isLost) return void (await line.close());
      this.#line = line;
      // What was rung before is missed, and the first ring tells whether this line is alive.
      this.#options.onRing();
      if (!this.#isStopped) this.ring();
    } catch (error) {
      lost(error);
    }
  }

  async #say(line: Line): Promise<void> {
    const lost = this.#lost;
    this.#isSaying = true;
    this.#isDue = false;
    this.#echo ??= setTimeout(() => this.#lost(new Error('its own ring is not heard')), ECHO).unref();
    await Promise.all([line.say(this.#self).catch(lost), rest()]);
    this.#isSaying = false;
    if (this.#isDue && this.#line && !this.#isStopped) void this.#say(this.#line);
  }

  #hear(word: string): void {
    if (word !== this.#self) {
      this.#options.onRing();
      return;
    }
    clearTimeout(this.#echo);
    this.#echo = undefined;
    this.#pause = SOON;
    if (!this.#isInOrder) this.#options.onTrouble('The doorbell rings again.', true);
    this.#isInOrder = true;
  }

  #lose(error: unknown): void {
    clearTimeout(this.#echo);
    this.#echo = undefined;
    const line = this.#line;
    this.#line = null;
    void line?.close();
    if (this.#isStopped) return;

    if (this.#isInOrder) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onTrouble(`The doorbell is out of order, so news may take a second: ${reason}.`, false);
    }
    this.#isInOrder = false;
    this.#retry = setTimeout(() => {
      this.#opening = this.#open();
    }, this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, LATE);
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, REST).unref();
  });
}

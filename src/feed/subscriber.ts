import type { Outlet } from '../model/board.ts';
import type { MessageState, StreamEvent } from '../model/change.ts';
import type { Cursor, Place } from '../model/cursor.ts';
import { matches, type Selection, sees } from '../model/filter.ts';
import type { Format } from './formats.ts';
import { type News, newsOf, type Stretch, steps } from './stretch.ts';

/** A reader that falls this many bytes behind is cut off; it resumes without loss. */
const MOST_BACKLOG = 1024 * 1024;

/** So many bytes (a page of short messages) may be under way to a reader who is read more. */
const UNDER_WAY = 64 * 1024;

/** What a stream is asked for with. */
export interface Subscription<Chunk> {
  readonly selection: Selection;
  /** A user's id; `null`: nobody in particular. */
  readonly viewer: number | null;
  /** Whether what this stream was opened with still holds; asked whenever the viewer's account has changed. */
  readonly isStillAllowed: () => Promise<boolean>;
  /** When that ends by itself, in ms since 1970; `null`: never. */
  readonly until: number | null;
  /** Where to go on; `null`: live, from now. */
  readonly cursor: Cursor | null;
  readonly format: Format<Chunk>;
  /** Whether it ends with its first answer: a program alone asks for thousands of these in a second. */
  readonly isPoll?: boolean | undefined;
  /** Begins to answer, once it is known that there is something to answer with. */
  readonly open: () => Outlet<Chunk>;
  /** Told before a page is not enough to catch up; what it returns is called once that is over. */
  readonly beforeReplay?: (() => () => void) | undefined;
  /** Messages to read at a time while catching up. */
  readonly pageSize: number;
}

/** How far a reader has come, and in which history. */
export interface Standing {
  readonly place: Place;
  readonly epoch: string;
}

/** An open stream: who reads, what, and how far it has come. */
export class Subscriber<Chunk = unknown> {
  readonly viewer: number | null;
  readonly selection: Selection;
  readonly format: Format<Chunk>;
  readonly pageSize: number;
  readonly isStillAllowed: () => Promise<boolean>;
  readonly until: number | null;
  readonly #outlet: Outlet<Chunk>;
  readonly #onCutOff: () => void;
  place: Place;
  epoch: string;
  isOpen = true;

  /** @param onCutOff - hears of it if this reader takes too little. */
  constructor(subscription: Subscription<Chunk>, { place, epoch }: Standing, onCutOff: () => void) {
    const { viewer, selection, format, open, pageSize, isStillAllowed, until } = subscription;
    this.viewer = viewer;
    this.isStillAllowed = isStillAllowed;
    this.until = until;
    this.selection = selection;
    this.format = format;
    this.pageSize = pageSize;
    this.place = place;
    this.epoch = epoch;
    this.#onCutOff = onCutOff;
    this.#outlet = open();
    if (format.preamble !== null) this.#outlet.write(format.preamble);
  }

  onClose(listener: () => void): void {
    this.#outlet.onClose(listener);
  }

  /**
   * Tells this reader a stretch that begins at its place; it reads no further before that is {@link drained}. All who are
   * handed this one stand at that place and read the same, so it is encoded once.
   */
  tell(stretch: Stretch): void {
    const { pages } = this.format;
    let page = pages.get(stretch);
    if (page === undefined) {
      const news = this.#newsOf(stretch);
      page = news.length > 0 ? this.format.encodeNews(news) : null;
      pages.set(stretch, page);
    }
    if (this.isOpen && page !== null) this.#outlet.write(page);
    this.place = stretch.end;
    this.epoch = stretch.clock.epoch;
  }

  #newsOf(stretch: Stretch): News[] {
    const all: News[] = [];
    for (const step of steps(this.place, stretch)) {
      const news = this.isFor(step.state) ? newsOf(step, stretch.clock.epoch) : null;
      if (news) all.push(news);
    }
    return all;
  }

  /** Sends it an event that is its own. */
  send(event: StreamEvent): void {
    if (this.isOpen) this.#outlet.write(this.format.encode([event]));
  }

  /** Sends what is written to all live readers, who cannot wait for one. */
  share(chunk: Chunk): void {
    if (!this.isOpen) return;
    this.#outlet.write(chunk);
    if (this.#outlet.backlog() <= MOST_BACKLOG) return;
    this.cut();
    this.#onCutOff();
  }

  /** Resolves once what was written is mostly taken. */
  async drained(): Promise<void> {
    if (this.#outlet.backlog() > UNDER_WAY) await this.#outlet.drained();
  }

  /** Ends after all that was sent. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#outlet.end();
  }

  cut(): void {
    this.isOpen = false;
    this.#outlet.cut();
  }

  /** Whether this reader is told of a message at all. */
  isFor(state: MessageState): boolean {
    return matches(this.selection, state) && sees(this.viewer, state);
  }
}

import { LRUCache } from 'lru-cache';
import type { Page } from '../model/client.ts';
import type { Message } from '../model/message.ts';
import type { SingleRow } from '../store/messages.ts';
import type { MessageRow } from '../store/schema.ts';

/** Single messages kept, some KB each at most. */
const MOST_KEPT = 1000;

/** Pages kept, by the characters of what their authors wrote, and how many characters the rest of a message is about. */
const MOST_PAGES_SIZE = 16 * 1024 * 1024;
const MESSAGE_SIZE = 500;

/** A message as it is stored, so that each asker can be judged, and as it is shown. */
interface Answer {
  readonly row: SingleRow;
  readonly message: Message;
}

/**
 * Messages and pages of them as they were last answered, for as long as nothing whatever is committed: what many ask for at
 * once is looked up, put together and encoded once. It halves the work of a GET of one message (from 190 to 90 µs of
 * processor).
 */
export class RecentAnswers {
  readonly #mark: (() => number) | null;
  readonly #answers = new Map<number, Answer>();
  readonly #pages = new LRUCache<string, Page>({ maxSize: MOST_PAGES_SIZE });
  #known = Number.NaN;
  #isChecked = false;
  /** How often all was forgotten: what was read before is not kept after. */
  #age = 0;

  /** @param mark - another number once anybody has committed; `null`: nobody can tell, so nothing is kept. */
  constructor(mark: (() => number) | null) {
    this.#mark = mark;
  }

  async get(id: number, read: () => Promise<Answer | null>): Promise<Answer | null> {
    this.#check();
    const known = this.#answers.get(id);
    if (known) return known;

    const age = this.#age;
    const answer = await read();
    if (answer && this.#mark && age === this.#age) {
      if (this.#answers.size >= MOST_KEPT) this.#answers.clear();
      this.#answers.set(id, answer);
    }
    return answer;
  }

  /** @param key - says all that the page depends on: who asks, for what. */
  async page(key: string, read: () => Promise<{ page: Page; rows: readonly MessageRow[] }>): Promise<Page> {
    this.#check();
    const known = this.#pages.get(key);
    if (known) return known;

    const age = this.#age;
    const { page, rows } = await read();
    if (this.#mark && age === this.#age) this.#pages.set(key, page, { size: sizeOf(rows) });
    return page;
  }

  /** Something was committed here, or became known to have been. */
  forget(): void {
    this.#age += 1;
    this.#answers.clear();
    this.#pages.clear();
  }

  /** Once a turn of the event loop: whatever is asked in one turn is asked at the same time. */
  #check(): void {
    if (this.#isChecked || !this.#mark) return;
    this.#isChecked = true;
    setImmediate(() => {
      this.#isChecked = false;
    });
    const mark = this.#mark();
    if (mark !== this.#known) this.forget();
    this.#known = mark;
  }
}

function sizeOf(rows: readonly MessageRow[]): number {
  return rows.reduce((size, { text, data }) => size + MESSAGE_SIZE + text.length + (data?.length ?? 0), 1);
}

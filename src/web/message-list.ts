import type { Message } from '../model/message.ts';
import { button, element } from './dom.ts';

/** How near (px) to the end of the list somebody counts as being there. */
const AT_END = 80;

interface ListOptions {
  readonly item: (message: Message) => HTMLLIElement;
  readonly loadOlder: () => Promise<unknown>;
  /** What stands there while there is no message. */
  readonly empty: HTMLElement;
}

/** The messages of a place, oldest first. Who reads at the end stays there; who reads further up is not moved. */
export class MessageList {
  readonly root: HTMLElement;
  readonly #options: ListOptions;
  readonly #list = element('ol', { ariaLabel: 'Messages' });
  readonly #older: HTMLButtonElement;
  readonly #newer: HTMLButtonElement;
  readonly #shown = new Map<number, { message: Message; node: HTMLLIElement }>();
  #isFirst = true;

  constructor(options: ListOptions) {
    this.#options = options;
    this.#older = button('Older messages', options.loadOlder, { className: 'older', hidden: true });
    this.#newer = button('New messages ↓', () => this.toEnd(), { className: 'newer', hidden: true });
    options.empty.hidden = true;
    this.root = element(
      'section',
      { id: 'messages', tabIndex: 0, ariaLabel: 'Messages' },
      this.#older,
      options.empty,
      this.#list,
    );
    this.root.addEventListener('scroll', () => {
      if (this.#isAtEnd()) this.#newer.hidden = true;
    });
  }

  /** Says that there is something new below; it stands above what is written. */
  get newer(): HTMLElement {
    return this.#newer;
  }

  /** @param messages - in order; whatever is the same object as before is left as it is. */
  show(messages: readonly Message[], hasOlder: boolean): void {
    const wasAtEnd = this.#isFirst || this.#isAtEnd();
    const { scrollHeight, scrollTop } = this.root;
    const newest = Math.max(0, ...this.#shown.keys());

    this.#removeAllBut(new Set(messages.map(({ id }) => id)));
    const isGrownAbove = this.#putAll(messages, newest);
    this.#older.hidden = !hasOlder;
    this.#options.empty.hidden = messages.length > 0;

    const hasNew = !this.#isFirst && messages.some(({ id }) => id > newest);
    if (wasAtEnd) this.toEnd();
    else if (isGrownAbove) this.root.scrollTop = scrollTop + this.root.scrollHeight - scrollHeight;
    if (!wasAtEnd && hasNew) this.#newer.hidden = false;
    this.#isFirst = false;
  }

  /** Something else than messages, in their place. */
  say(sentence: string): void {
    this.#options.empty.replaceChildren(sentence);
    this.#options.empty.hidden = false;
  }

  toEnd(): void {
    this.root.scrollTop = this.root.scrollHeight;
    this.#newer.hidden = true;
  }

  #removeAllBut(ids: ReadonlySet<number>): void {
    for (const [id, { node }] of this.#shown) {
      if (ids.has(id)) continue;
      this.#keepFocus(node, () => node.remove());
      this.#shown.delete(id);
    }
  }

  /** Whether something was put above what stood there. */
  #putAll(messages: readonly Message[], newest: number): boolean {
    let isGrownAbove = false;
    let next: Node | null = this.#list.firstChild;
    for (const message of messages) {
      const known = this.#shown.get(message.id);
      if (known?.message === message) {
        next = known.node.nextSibling;
        continue;
      }
      const node = this.#options.item(message);
      if (known) {
        if (next === known.node) next = known.node.nextSibling;
        this.#keepFocus(known.node, () => known.node.replaceWith(node));
      } else {
        this.#list.insertBefore(node, next);
        if (!this.#isFirst && message.id > newest) node.classList.add('fresh');
        else isGrownAbove = true;
      }
      this.#shown.set(message.id, { message, node });
    }
    return isGrownAbove;
  }

  /** Whoever was on what goes finds themselves in the list, not at the beginning of the page. */
  #keepFocus(node: HTMLElement, take: () => void): void {
    const isHere = node.contains(document.activeElement);
    take();
    if (isHere) this.root.focus({ preventScroll: true });
  }

  #isAtEnd(): boolean {
    return this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < AT_END;
  }
}

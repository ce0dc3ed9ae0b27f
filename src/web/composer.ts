import type { Message } from '../model/message.ts';
import { sentenceOf } from './dialogs.ts';
import { button, element } from './dom.ts';

/** Enter sends where there is a keyboard; on a touch screen it makes a line, and the button sends. */
export const HAS_KEYBOARD = matchMedia('(hover: hover) and (pointer: fine)').matches;

/** Posts what was written, or puts it in the place of `editing`. */
export type Send = (text: string, about: { replyTo: Message | null; editing: Message | null }) => Promise<void>;

/** Where a message is written: a new one, an answer, or another text for one of one's own. */
export class Composer {
  readonly root: HTMLElement;
  send: Send;
  readonly #text = element('textarea', { rows: 1, maxLength: 20_000, name: 'text' });
  readonly #about = element('div', { className: 'about' });
  readonly #fault = element('p', { className: 'fault', role: 'alert' });
  readonly #submit = element('button', { type: 'submit', className: 'primary' }, 'Send');
  #replyTo: Message | null = null;
  #editing: Message | null = null;

  constructor(placeholder: string, send: Send) {
    this.send = send;
    this.#text.placeholder = placeholder;
    this.#text.ariaLabel = placeholder;
    const row = element('div', { className: 'row' }, this.#text, this.#submit);
    const form = element('form', { className: 'composer' }, this.#about, this.#fault, row);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#text.addEventListener('keydown', (event) => this.#press(event));
    this.root = form;
  }

  /** Nothing would be lost without it. */
  get isUnused(): boolean {
    return this.#text.value === '' && this.#replyTo === null && this.#editing === null && !this.#submit.disabled;
  }

  reply(message: Message): void {
    this.#begin(message, null, `Replying to ${message.user.username}: ${message.text}`);
  }

  edit(message: Message): void {
    this.#begin(null, message, 'Editing your message');
    this.#text.value = message.text;
  }

  focus(): void {
    this.#text.focus();
  }

  #begin(replyTo: Message | null, editing: Message | null, about: string): void {
    if (this.#editing) this.#text.value = '';
    this.#replyTo = replyTo;
    this.#editing = editing;
    this.#about.replaceChildren(
      element('span', {}, about),
      button('Cancel', () => this.#cancel()),
    );
    this.#submit.textContent = editing ? 'Save' : 'Reply';
    this.#text.focus();
  }

  #cancel(): void {
    if (this.#editing) this.#text.value = '';
    this.#finish();
  }

  #finish(): void {
    this.#replyTo = null;
    this.#editing = null;
    this.#about.replaceChildren();
    this.#fault.textContent = '';
    this.#submit.textContent = 'Send';
  }

  #press(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#cancel();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !HAS_KEYBOARD) return;
    event.preventDefault();
    void this.#send();
  }

  /** Empties the box at once: what is written while a message is on its way is the next one. */
  async #send(): Promise<void> {
    const text = this.#text.value;
    if (text.trim() === '' || this.#submit.disabled) return;

    const replyTo = this.#replyTo;
    const editing = this.#editing;
    this.#text.value = '';
    this.#submit.disabled = true;
    this.#fault.textContent = '';
    try {
      await this.send(text, { replyTo, editing });
      if (this.#replyTo === replyTo && this.#editing === editing) this.#finish();
    } catch (error) {
      this.#text.value = [text, this.#text.value].filter((part) => part !== '').join('\n');
      this.#fault.textContent = sentenceOf(error);
    } finally {
      this.#submit.disabled = false;
      this.#text.focus();
    }
  }
}

import type { Message } from '../model/message.ts';
import { sentenceOf } from './dialogs.ts';
import { button, element } from './dom.ts';

/** Enter sends where there is a keyboard; on a touch screen it makes a line, and the button sends. */
export const HAS_KEYBOARD = matchMedia('(hover: hover) and (pointer: fine)').matches;

interface Entry {
  readonly text: string;
  readonly replyTo: Message | null;
  /** One's own message that the text is for; `null`: a new one. */
  readonly editing: Message | null;
}

const NOTHING: Entry = { text: '', replyTo: null, editing: null };

/** Posts what was written, or puts it in the place of `editing`. */
export type Send = (entry: Entry) => Promise<void>;

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
  /** What an edit took out of the box, until it is done; the first is what was being written, any others are edits. */
  readonly #aside: Entry[] = [];
  /** What is on its way, and behind it what goes next. */
  readonly #leaving: Entry[] = [];

  constructor(placeholder: string, send: Send) {
    this.send = send;
    this.#text.placeholder = placeholder;
    this.#text.ariaLabel = placeholder;
    const row = element('div', { className: 'row' }, this.#text, this.#submit);
    const form = element('form', { className: 'composer' }, this.#about, this.#fault, row);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#leave();
    });
    this.#text.addEventListener('keydown', (event) => this.#press(event));
    this.root = form;
  }

  /** Nothing would be lost without it. */
  get isUnused(): boolean {
    const { text, replyTo, editing } = this.#entry;
    return text === '' && replyTo === null && editing === null && this.#leaving.length === 0;
  }

  reply(message: Message): void {
    while (this.#editing) this.#next();
    this.#put({ ...this.#entry, replyTo: message });
    this.#text.focus();
  }

  edit(message: Message): void {
    // An edit that another one follows is given up.
    if (!this.#editing) this.#aside.push(this.#entry);
    this.#put({ text: message.text, replyTo: null, editing: message });
    this.#text.focus();
  }

  focus(): void {
    this.#text.focus();
  }

  /** What is in the box. */
  get #entry(): Entry {
    return { text: this.#text.value, replyTo: this.#replyTo, editing: this.#editing };
  }

  #put({ text, replyTo, editing }: Entry): void {
    this.#text.value = text;
    this.#replyTo = replyTo;
    this.#editing = editing;
    this.#fault.textContent = '';
    this.#submit.textContent = editing ? 'Save' : replyTo ? 'Reply' : 'Send';
    const about = editing ? 'Editing your message' : replyTo && `Replying to ${replyTo.user.username}: ${replyTo.text}`;
    const cancel = button('Cancel', () => this.#cancel());
    this.#about.replaceChildren(...(about ? [element('span', {}, about), cancel] : []));
  }

  /** What is to be written after this. */
  #next(): void {
    this.#put(this.#aside.pop() ?? NOTHING);
  }

  #cancel(): void {
    if (this.#editing) this.#next();
    else this.#put({ ...this.#entry, replyTo: null });
  }

  #press(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#cancel();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || !HAS_KEYBOARD) return;
    event.preventDefault();
    this.#leave();
  }

  /** Empties the box at once: what is written while a message is on its way is the next one. */
  #leave(): void {
    if (this.#text.value.trim() === '') return;
    this.#leaving.push(this.#entry);
    this.#next();
    this.#text.focus();
    if (this.#leaving.length === 1) void this.#send();
  }

  /** One after the other, so that they stand in the order in which they were written. */
  async #send(): Promise<void> {
    this.root.ariaBusy = 'true';
    try {
      while (this.#leaving[0]) {
        await this.send(this.#leaving[0]);
        this.#leaving.shift();
      }
    } catch (error) {
      // What was to follow stays behind it.
      for (const entry of this.#leaving.splice(0).reverse()) this.#takeBack(entry);
      this.#fault.textContent = sentenceOf(error);
    } finally {
      this.root.ariaBusy = null;
    }
  }

  /** Puts what was not sent before what is being written. */
  #takeBack(entry: Entry): void {
    const [draft] = this.#aside;
    if (entry.editing) {
      this.#aside.push(this.#entry);
      this.#put(entry);
    } else if (draft) this.#aside[0] = joined(entry, draft);
    else this.#put(joined(entry, this.#entry));
  }
}

function joined(first: Entry, second: Entry): Entry {
  const text = [first.text, second.text].filter((part) => part !== '').join('\n');
  return { text, replyTo: first.replyTo ?? second.replyTo, editing: null };
}

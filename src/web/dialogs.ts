import { BoardError, inWords } from '../model/errors.ts';
import { button, byId, element } from './dom.ts';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly value?: string;
  readonly autocomplete?: AutoFill;
  readonly minLength?: number;
  readonly required?: boolean;
}

interface Form {
  readonly title: string;
  readonly hint?: string;
  readonly fields: readonly Field[];
  readonly submit: string;
  /** Of the button that sends. */
  readonly className?: string;
  /** What it throws is shown, and the dialog stays. */
  send(values: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Asks for a few texts. Resolves once they were sent, or the dialog was closed. */
export function askFor({ title, hint, fields, submit, className = 'primary', send }: Form): Promise<void> {
  const fault = element('p', { className: 'fault', role: 'alert' });
  const form = element('form', { method: 'dialog' }, element('h2', {}, title));
  if (hint !== undefined) form.append(element('p', { className: 'hint' }, hint));
  for (const { label, ...field } of fields) {
    const usual = { required: true, autocomplete: 'off', autocapitalize: 'none', spellcheck: false } as const;
    form.append(element('label', {}, label, element('input', { ...usual, ...field })));
  }
  const sender = element('button', { type: 'submit', className }, submit);
  const dialog = element('dialog', { ariaLabel: title }, form);
  form.append(
    fault,
    element(
      'div',
      { className: 'buttons' },
      button('Cancel', () => dialog.close()),
      sender,
    ),
  );

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    sender.disabled = true;
    fault.textContent = '';
    try {
      await send(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
      dialog.close();
    } catch (error) {
      fault.textContent = sentenceOf(error);
    } finally {
      sender.disabled = false;
    }
  });
  return shown(dialog);
}

/** Asks whether to do something, and does it. */
export function confirm(question: string, yes: string, act: () => Promise<unknown>): Promise<void> {
  return askFor({ title: question, fields: [], submit: yes, className: 'danger', send: act });
}

interface Entry {
  readonly label: string;
  readonly className?: string;
  /** What it throws is shown, and the menu stays. */
  act(): Promise<unknown>;
}

/** Lets somebody choose what to do, and stays until it is done. */
export function choose(title: string, label: string, entries: readonly Entry[]): Promise<void> {
  const fault = element('p', { className: 'fault', role: 'alert' });
  const dialog = element('dialog', { ariaLabel: label });
  const choice = ({ label: words, className = '', act }: Entry) =>
    button(
      words,
      async () => {
        fault.textContent = '';
        try {
          await act();
          dialog.close();
        } catch (error) {
          fault.textContent = sentenceOf(error);
        }
      },
      { className },
    );
  const cancel = button('Cancel', () => dialog.close());
  const buttons = element('div', { className: 'buttons' }, cancel);
  dialog.append(element('form', {}, element('h2', {}, title), ...entries.map(choice), fault, buttons));
  return shown(dialog);
}

/** Takes back all that is asked. */
export function closeDialogs(): void {
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
}

/** An error in words for the person who sees it, who knows no field by its name. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof BoardError)) return 'The board cannot be reached. Is it running?';
  const { faults, message } = error;
  return (faults.length > 0 ? faults.map(inWords) : [message]).map(withoutField).join(' ');
}

/** What people fill in, as the beginning of a sentence. */
const FIELDS: Readonly<Record<string, string>> = {
  username: 'The username',
  password: 'The password',
  currentPassword: 'The password',
  bio: 'What you say about yourself',
  text: 'The message',
  replyTo: 'The message',
};

function withoutField(said: string): string {
  const sentence = said.replace(
    /^(\w+)(\.\d+)?: (.+)$/s,
    (all, field: string, place: string | undefined, words: string) => {
      const name = FIELDS[field];
      // A place in a list (`user.0`) says nothing to a person.
      if (name === undefined) return place === undefined ? all : words;
      return /^(?:must|is|has) /.test(words) ? `${name} ${words}` : words;
    },
  );
  return sentence.replace(/^./u, (first) => first.toUpperCase()).replace(/[^.?!]$/u, '$&.');
}

function shown(dialog: HTMLDialogElement): Promise<void> {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener('close', () => {
      dialog.remove();
      // The button that opened it may be gone, such as the one to log in.
      if (document.activeElement === document.body) byId('main').focus();
      resolve();
    }),
  );
}

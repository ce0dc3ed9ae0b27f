import { BoardError } from '../model/errors.ts';
import { button, element } from './dom.ts';

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'password';
  readonly value?: string;
  readonly autocomplete?: AutoFill;
  readonly minLength?: number;
}

interface Form {
  readonly title: string;
  readonly hint?: string;
  readonly fields: readonly Field[];
  readonly submit: string;
  /** What it throws is shown, and the dialog stays. */
  send(values: Readonly<Record<string, string>>): Promise<void>;
}

/** Asks for a few texts. Resolves once they were sent, or the dialog was closed. */
export function askFor({ title, hint, fields, submit, send }: Form): Promise<void> {
  const fault = element('p', { className: 'fault', role: 'alert' });
  const form = element('form', { method: 'dialog' }, element('h2', {}, title));
  if (hint !== undefined) form.append(element('p', { className: 'hint' }, hint));
  for (const { name, label, type = 'text', value = '', autocomplete = 'off', minLength = 1 } of fields) {
    const input = element('input', {
      name,
      type,
      value,
      autocomplete,
      required: true,
      minLength,
      autocapitalize: 'none',
      spellcheck: false,
    });
    form.append(element('label', {}, label, input));
  }
  const sender = element('button', { type: 'submit', className: 'primary' }, submit);
  const dialog = element('dialog', {}, form);
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

/** Asks whether to go on. */
export async function confirmed(question: string, yes: string): Promise<boolean> {
  let isConfirmed = false;
  const dialog = element('dialog', { ariaLabel: question });
  const agree = () => {
    isConfirmed = true;
    dialog.close();
  };
  const buttons = [button('Cancel', () => dialog.close()), button(yes, agree, { className: 'danger' })];
  dialog.append(element('form', {}, element('p', {}, question), element('div', { className: 'buttons' }, ...buttons)));
  await shown(dialog);
  return isConfirmed;
}

/** An error in words for the person who sees it. */
export function sentenceOf(error: unknown): string {
  return error instanceof BoardError ? error.message : 'The board cannot be reached. Is it running?';
}

function shown(dialog: HTMLDialogElement): Promise<void> {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve();
    }),
  );
}

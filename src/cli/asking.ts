import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { Misuse } from './failure.ts';
import { printable } from './printable.ts';

/**
 * Asks on the terminal, even where input and output lead elsewhere, and shows nothing of the answer.
 *
 * @param elsewhere - what to do where there is no terminal.
 */
export function askSecretly(question: string, elsewhere: string): Promise<string> {
  return ask(question, `there is no terminal to ask for the password on: ${elsewhere}`, false);
}

/** Goes on if that is what is wanted: by `--yes`, or by an answer on the terminal. */
export async function confirm(question: string, { yes = false }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return;
  const answer = await ask(
    `${question} [y/N] `,
    'there is no terminal to ask on whether this is meant: say --yes.',
    true,
  );
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new Misuse('nothing was done.');
}

async function ask(question: string, elsewhere: string, isShown: boolean): Promise<string> {
  const input = terminal();
  if (input === null) throw new Misuse(elsewhere);

  const nowhere = new Writable({ write: (_, __, done) => done() });
  const asking = createInterface({ input, output: isShown ? process.stderr : nowhere, terminal: true });
  const text = printable(question);
  try {
    return await new Promise((resolve, reject) => {
      asking.once('line', resolve);
      // Ctrl-C and Ctrl-D.
      asking.once('SIGINT', () => asking.close());
      asking.once('close', () => reject(new Misuse('without an answer nothing was done.')));
      if (isShown) asking.setPrompt(text);
      if (isShown) asking.prompt();
      else process.stderr.write(text);
    });
  } finally {
    asking.close();
    if (input !== process.stdin) input.destroy();
    if (!isShown) process.stderr.write('\n');
  }
}

function terminal(): ReadStream | null {
  if (process.stdin.isTTY) return process.stdin;
  if (!process.stderr.isTTY) return null;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}

import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import { codeOf } from './error-code.ts';

/** How a command answers. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

type Style = 'bold' | 'dim' | 'red' | 'yellow';

/** Whoever read what a command prints is gone, as `head` is once it has its lines. It has seen enough. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** Adds what {@link Output} is told by. */
export function withOutputOptions(command: Command): Command {
  const options = [
    new Option('--json', 'print an object of JSON a line, as is done anyway where no terminal reads it'),
    new Option('--no-color', 'print without colours, as is done anyway where NO_COLOR is set'),
  ];
  for (const option of options) command.addOption(option.helpGroup('What is printed:'));
  return command;
}

/** Standard output: JSON a line where a program reads it, else what a person reads. */
export class Output {
  /** Whether a person reads it, on a terminal. */
  readonly isForPeople: boolean;
  readonly #isColored: boolean;

  constructor({ json = false, color }: OutputOptions) {
    this.isForPeople = !json && process.stdout.isTTY;
    this.#isColored = color;
  }

  /** How many columns the terminal has. */
  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** A part of a text, set off from the others. */
  style(style: Style, text: string): string {
    return this.#isColored ? styleText(style, text, { stream: process.stdout }) : text;
  }

  /** Prints one thing, as a program or as a person reads it. */
  print(thing: object, inWords: () => string): Promise<void> {
    return this.write(`${this.isForPeople ? inWords() : JSON.stringify(thing)}\n`);
  }

  /** Prints some things, as a program reads them, or by `inWords` in lines that a person reads. */
  printAll<Thing extends object>(
    things: readonly Thing[],
    inWords: (things: readonly Thing[]) => string,
  ): Promise<void> {
    return this.write(
      this.isForPeople ? inWords(things) : things.map((thing) => `${JSON.stringify(thing)}\n`).join(''),
    );
  }

  readonly write = write;
}

/**
 * Writes to standard output. Resolves once the terminal, pipe or file has taken it.
 *
 * @throws ReaderGone if nobody reads it.
 */
export function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(/^(?:EPIPE|ERR_STREAM_DESTROYED)$/.test(String(codeOf(error))) ? new ReaderGone() : error);
      else resolve();
    });
  });
}

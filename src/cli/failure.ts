import { CommanderError } from 'commander';
import { BoardError } from '../model/errors.ts';
import { codeOf } from './error-code.ts';
import { ReaderGone } from './output.ts';
import { printable } from './printable.ts';

/** What a command ends with. These numbers are promised: docs/command-line.md. */
const EXIT = { done: 0, failed: 1, misused: 2, away: 3 } as const;

/** A command that is not used as it should be; the sentence says how. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** Says in a sentence why a command failed, and lets the process end with the number that stands for it. */
export function reportFailure(error: unknown): void {
  process.exitCode = exitOf(error);
  // Commander has spoken for itself.
  if (error instanceof CommanderError || error instanceof ReaderGone) return;
  tell(sentenceOf(error));
}

/** Something for the person before the screen, or for the log. */
export function tell(sentence: string): void {
  process.stderr.write(`msgboard: ${printable(sentence)}\n`);
}

/** What the system says of a file. */
const OF_FILES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'this user may not open it',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is in a file, where a folder should be',
};

/** What an error says. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const why = 'path' in error ? OF_FILES[String(codeOf(error))] : undefined;
  return why !== undefined && 'path' in error ? `${error.path} cannot be opened: ${why}.` : error.message;
}

function exitOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
  if (error instanceof ReaderGone) return EXIT.done;
  if (error instanceof Misuse) return EXIT.misused;
  const isAway = error instanceof BoardError && (error.code === 'unavailable' || error.code === 'too-many');
  return isAway ? EXIT.away : EXIT.failed;
}

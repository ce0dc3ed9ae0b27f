import type { Scope } from './cleanup.ts';
import { type Command, startCommand } from './command.ts';

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

/** Starts `msgboard` on a terminal of its own, whose input and output are the command's. */
export function startOnTerminal(
  scope: Scope,
  args: readonly string[],
  { env = {}, columns = 80 }: TerminalOptions = {},
): Command {
  // Node takes a terminal of a CI that it does not know for one without colours.
  const line = `exec env -u CI script -qefc "stty cols ${columns}; exec $(printf '%q ' "$@")" /dev/null`;
  const usual = { SHELL: '/bin/bash', TERM: 'xterm', TZ: 'UTC' };
  return startCommand(scope, args, { under: ['bash', '-c', line, 'bash'], env: { ...usual, ...env } });
}

/** Says on stderr what the run is at: one line that is rewritten on a terminal, line after line elsewhere. */
export class Progress {
  readonly #terminal = process.stderr.isTTY;

  constructor() {
    // However the run ends, nothing of the line stays in the way of what the shell writes next.
    process.once('exit', () => this.clear());
    // But a failure is written below it: it tells at what the run failed.
    process.once('uncaughtExceptionMonitor', () => process.stderr.write('\n'));
  }

  say(what: string): void {
    this.clear();
    process.stderr.write(this.#terminal ? what.slice(0, (process.stderr.columns || 80) - 1) : `${what}\n`);
  }

  clear(): void {
    if (this.#terminal) process.stderr.write('\r\x1b[K');
  }
}

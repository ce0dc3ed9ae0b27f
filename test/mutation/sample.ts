import { createHash } from 'node:crypto';

interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly location: object;
  readonly replacement?: string;
}

/**
 * Lets through so many mutants of a hundred, always the same ones; the others count for nothing. `7-14`: seven others than
 * the first seven, to judge tests by that were written for those.
 */
export class Sample {
  readonly #range = (process.env['MSGBOARD_MUTANTS'] ?? '100').split('-').map(Number);

  async init(): Promise<void> {}

  async check(mutants: readonly Mutant[]) {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, this.#verdictOn(mutant)]));
  }

  #verdictOn({ fileName, location, replacement }: Mutant) {
    const place = `${fileName.slice(process.cwd().length)} ${JSON.stringify(location)} ${replacement}`;
    const percent = createHash('sha256').update(place).digest().readUInt32BE() % 100;
    const [to = 100, from = 0] = this.#range.toReversed();
    const isIn = percent >= from && percent < to;
    return isIn ? { status: 'passed' } : { status: 'compileError', reason: 'not in the sample' };
  }
}

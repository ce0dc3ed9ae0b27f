import { badInput } from '../model/errors.ts';

/** Of each option what it may be; `null`: that is not looked at here. */
type Choices<Options> = { readonly [Name in keyof Required<Options>]: readonly string[] | null };

/**
 * Refuses what would be taken for the default: a misspelt `signup` must not leave a board open.
 *
 * @throws BoardError `bad-input` on the option.
 */
export function checkOptions<Options extends object>(options: Options, choices: Choices<Options>): void {
  const known = new Map<string, readonly string[] | null>(Object.entries(choices));
  for (const [name, value] of Object.entries(options)) {
    const allowed = known.get(name);
    if (allowed === undefined) throw badInput(name, `is not known here, only ${[...known.keys()].join(', ')}`);
    if (allowed === null || value === undefined || allowed.includes(value)) continue;
    throw badInput(name, `must be one of ${allowed.join(', ')}`);
  }
}

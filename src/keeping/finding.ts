/** What a check has found, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly message: string;
}

/** A check that can say more than one thing. What it throws is a failure. */
export interface Check {
  readonly name: string;
  /** Whether nothing behind it can be found out once it has failed. */
  readonly isVital?: boolean;
  run(): Promise<Verdict | readonly Verdict[]>;
}

export type Verdict = readonly [verdict: Finding['verdict'], message: string];

/** Runs checks one after the other. */
export async function* findings(checks: readonly Check[]): AsyncGenerator<Finding> {
  for (const { name, run, isVital = false } of checks) {
    const verdicts = await verdictsOf(run);
    for (const [verdict, message] of verdicts) yield { check: name, verdict, message };
    if (isVital && verdicts.some(([verdict]) => verdict === 'fail')) return;
  }
}

async function verdictsOf(run: Check['run']): Promise<readonly Verdict[]> {
  try {
    const found = await run();
    return isOne(found) ? [found] : found;
  } catch (error) {
    return [['fail', error instanceof Error ? error.message : String(error)]];
  }
}

function isOne(found: Verdict | readonly Verdict[]): found is Verdict {
  return typeof found[0] === 'string';
}

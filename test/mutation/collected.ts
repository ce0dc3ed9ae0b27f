/**
 * Stands for `node:test` where mutants are tried: it keeps what a test file says, to be run as often as there are mutants
 * in one process, which `node:test` runs once.
 */
import { mock } from 'node:test';

type Body = (t: TestContext) => unknown;
type Hook = (t: TestContext) => unknown;
type Options = { readonly skip?: unknown };

/** One test of a file. */
export interface CollectedTest {
  readonly name: string;
  /** Ends once its hooks have run; rejects with what went wrong first. */
  run(): Promise<void>;
}

/** What a file says: its tests, and what is to be done after the last of them. */
export interface CollectedFile {
  readonly tests: CollectedTest[];
  readonly hooks: (() => unknown)[];
}

let file: CollectedFile = { tests: [], hooks: [] };

/** What was said since the last call. */
export function takeCollected(): CollectedFile {
  const said = file;
  file = { tests: [], hooks: [] };
  return said;
}

/** What tests use of the context of `node:test`. */
export class TestContext {
  readonly name: string;
  readonly mock = mock;
  readonly #hooks: Hook[] = [];

  constructor(name: string) {
    this.name = name;
  }

  diagnostic(): void {}

  after(hook: Hook): void {
    this.#hooks.push(hook);
  }

  async test(name: string, ...rest: [Body] | [Options, Body]): Promise<void> {
    const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
    if (!options.skip) await runTest(`${this.name} > ${name}`, body);
  }

  async end(): Promise<void> {
    for (const hook of this.#hooks) await hook(this);
    mock.reset();
  }
}

async function runTest(name: string, body: Body): Promise<void> {
  const context = new TestContext(name);
  const faults: unknown[] = [];
  await Promise.try(body, context).catch((fault: unknown) => faults.push(fault));
  await context.end().catch((fault: unknown) => faults.push(fault));
  if (faults.length > 0) throw faults[0];
}

export function test(name: string, ...rest: [Body] | [Options, Body]): void {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  if (!options.skip) file.tests.push({ name, run: () => runTest(name, body) });
}
test.after = (hook: () => unknown): void => void file.hooks.push(hook);

export { mock };
export default test;

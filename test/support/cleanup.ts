/** What a test owes at its end: everything opened is closed, last first, and all of it even where one part fails. */

/** A test's context, or any other place that runs hooks at its end. */
export interface Scope {
  after(hook: () => Promise<void>): void;
}

const stacks = new WeakMap<Scope, (() => unknown)[]>();

/** Runs `task` at the end of `scope`, before all that was given earlier. */
export function atEnd(scope: Scope, task: () => unknown): void {
  const stack = stacks.get(scope) ?? [];
  if (!stacks.has(scope)) scope.after(() => runAll(stack));
  stacks.set(scope, stack);
  stack.push(task);
}

async function runAll(stack: (() => unknown)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const task of stack.reverse()) {
    try {
      await task();
    } catch (fault) {
      faults.push(fault);
    }
  }
  if (faults.length === 1) throw faults[0];
  if (faults.length > 1) throw new AggregateError(faults, faults.map(String).join('; '));
}

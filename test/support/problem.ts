import assert from 'node:assert/strict';
import type { InputFault } from '../../src/model/errors.ts';
import { parse } from './api.ts';

/** RFC 9457, as the board fills it in. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly InputFault[];
}

/** What is of the server's inside: statements, drivers, stacks, files. */
const INSIDE = /\b(?:SELECT|INSERT|UPDATE|SQLITE_\w+|sqlite|kysely|fastify|node_modules)\b|\n\s+at |\.[jt]s:\d|\/src\//;

/**
 * Asserts that an answer refuses, with problem details of this status.
 *
 * @param path - the field that must be named among the faults of the input, it or a part of it.
 */
export function assertProblem(
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  status: number | readonly number[],
  path?: string,
): Problem {
  const wanted: readonly number[] = typeof status === 'number' ? [status] : status;
  assert.ok(wanted.includes(answer.status), `wanted ${wanted.join(' or ')}, got ${answer.status}: ${answer.text}`);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, answer.text);

  const problem = parse(answer.text) as Problem;
  assert.equal(typeof problem, 'object', answer.text);
  assert.match(problem.type, /^(?![a-z][a-z0-9+.-]*:|\/\/)./i, 'the type is a relative URI');
  assert.ok(problem.title && problem.detail, answer.text);
  assert.equal(problem.status, answer.status);
  assert.doesNotMatch(answer.text, INSIDE, 'nothing of the inside is told');
  for (const fault of problem.errors ?? []) {
    assert.equal(typeof fault.path, 'string', answer.text);
    assert.ok(fault.message, answer.text);
  }
  if (path !== undefined) {
    const paths = problem.errors?.map((fault) => fault.path);
    const isNamed = paths?.some((one) => one === path || one.startsWith(`${path}.`));
    assert.ok(isNamed, `wanted a fault of "${path}": ${answer.text}`);
  }

  return problem;
}

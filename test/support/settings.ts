import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A package of its own: the runtimes and the host that few tests need, and that are larger than all the rest. */
export const RUNTIMES = fileURLToPath(new URL('../runtimes/', import.meta.url));

/** Another: what few tests need to try the store's SQL. */
export const DATABASES = fileURLToPath(new URL('../databases/', import.meta.url));

/** Another: what makes a website of the documents. */
export const SITE = fileURLToPath(new URL('../../site/', import.meta.url));

/** A whole number from the environment. A misspelt one throws, so that no test is tried in another way than was meant. */
export function numberSetting(name: string, otherwise: number): number {
  const value = process.env[name];
  if (value === undefined) return otherwise;
  if (/^\d{1,9}$/.test(value)) return Number(value);

  throw new Error(`${name} must be a whole number, not "${value}"`);
}

/**
 * Why a test must be skipped, or `false` where all of the tools are here. With `MSGBOARD_TEST_ALL=1` nothing is skipped:
 * a missing tool is an error.
 *
 * @param tools - names of programs, or paths to them.
 */
export function without(...tools: string[]): string | false {
  const missing = tools.filter((tool) => !isThere(tool)).map(called);
  if (missing.length === 0) return false;

  const reason = `needs ${missing.join(' and ')}`;
  if (process.env['MSGBOARD_TEST_ALL'] === '1') throw new Error(`MSGBOARD_TEST_ALL=1, but this ${reason}`);
  return reason;
}

/** The first of these programs or paths that is there. */
export function firstThere(...tools: string[]): string | undefined {
  return tools.find(isThere);
}

/** What a tool is called, and where it comes from if it is of a package of its own. */
function called(tool: string): string {
  const home = [RUNTIMES, DATABASES, SITE].find((each) => tool.startsWith(each));
  return home === undefined ? tool : `${basename(tool)}, which "npm ci --prefix ${relative(ROOT, home)}" installs`;
}

function isThere(tool: string): boolean {
  const places = tool.includes('/')
    ? [tool]
    : (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, tool));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

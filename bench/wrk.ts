import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Workshop } from './workshop.ts';

/** What every contestant of a row is sent. */
export interface WrkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Summary {
  readonly requests: number;
  readonly microseconds: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** wrk's name and version, or undefined where it is not installed. */
export function wrkVersion(): string | undefined {
  // It prints its version and, having nothing to load, ends with 1.
  const { stdout, error } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });

  return error ? undefined : stdout.split(/ \[|\n/)[0];
}

/** Writes the Lua script that makes wrk send this request and sum up in JSON; gives its path. */
export function writeScript(workshop: Workshop, name: string, request: WrkRequest): string {
  const file = workshop.file(`${name}.lua`);
  const headers = Object.entries(request.headers);

  // No `request` and no `response` function: wrk then encodes the request once and never enters Lua while it measures.
  writeFileSync(
    file,
    `wrk.method = ${lua(request.method)}
wrk.path = ${lua(request.path)}
${headers.map(([key, value]) => `wrk.headers[${lua(key)}] = ${lua(value)}`).join('\n')}
${request.body === undefined ? '' : `wrk.body = ${lua(request.body)}`}

function done(summary)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "microseconds": %d, "errors":' ..
    ' {"status": %d, "connect": %d, "read": %d, "write": %d}}\\n',
    summary.requests, summary.duration, e.status, e.connect, e.read, e.write))
end
`,
  );
  return file;
}

/**
 * Loads a server from 64 connections.
 *
 * @returns answers per second.
 * @throws if there was any answer from 400 up, any broken connection, or no answer at all. A late answer is no error:
 * it costs rate by itself.
 */
export async function requestsPerSecond(
  workshop: Workshop,
  script: string,
  url: string,
  seconds: number,
): Promise<number> {
  // wrk knows whole seconds only.
  const args = ['-t1', '-c64', `-d${Math.ceil(seconds)}s`, '-s', script, url];
  const wrk = workshop.spawn('wrk', args, ['ignore', 'pipe', 'inherit']);
  if (!wrk.stdout) throw new Error('wrk has no output');

  const [output, [code]] = await Promise.all([text(wrk.stdout), once(wrk, 'exit')]);
  if (code !== 0) throw new Error(`wrk ended with ${code}:\n${output}`);

  const { requests, microseconds, errors } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Summary;
  const failed = Object.values(errors).some((count) => count > 0);
  if (failed || requests === 0) throw new Error(`not every request was answered with success:\n${output}`);

  return (requests * 1e6) / microseconds;
}

/** JSON's strings are Lua's as long as they are ASCII: beyond it JSON has escapes that Lua does not know. */
function lua(value: string): string {
  if (!/^[\x20-\x7e]*$/.test(value)) throw new Error(`not printable ASCII: ${value}`);

  return JSON.stringify(value);
}

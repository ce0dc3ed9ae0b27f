import { Option } from 'commander';
import type { LogSink } from '../http/request-log.ts';
import { printable } from './printable.ts';

const KINDS = ['auto', 'json', 'pretty', 'off'] as const;
export type LogKind = (typeof KINDS)[number];

/** How a server says what it does. */
export function logOption(): Option {
  return new Option(
    '--log <how>',
    'what goes to stderr: json: a line of it for each request and event; pretty: the same for people; off: warnings and faults alone; auto: pretty on a terminal, else json',
  )
    .env('MSGBOARD_LOG')
    .choices(KINDS)
    .default('auto');
}

/** Where the server is to write its lines; `undefined`: it does what it does by itself. */
export function logSink(kind: LogKind): LogSink | undefined {
  if (kind === 'off') return undefined;
  return isJson(kind) ? gathered(process.stderr) : { write: (line) => process.stderr.write(pretty(line)) };
}

/** Whether programs read the log. */
export function isJson(kind: LogKind): boolean {
  return kind === 'json' || (kind === 'auto' && !process.stderr.isTTY);
}

/** Writes what comes in one turn of the event loop at once: under load, many lines by one call of the system. */
function gathered(to: LogSink): LogSink {
  let lines = '';
  const flush = () => {
    if (lines !== '') to.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  return {
    write(line) {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

/** A line of the log as people read it. */
function pretty(line: string): string {
  const { time, level, msg, err, method, path, status, ms, user, ip } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(String(time)).toLocaleTimeString('en-GB');
  if (method !== undefined)
    return `${clock} ${status} ${method} ${path} ${ms} ms ${printable(`${user ?? ''} ${ip}`).trim()}\n`;

  const trace = typeof err === 'object' && err !== null && 'stack' in err ? `\n${err.stack}` : '';
  const [first = '', ...rest] = `${level}: ${msg}${trace}`.split('\n').map(printable);
  return [`${clock} ${first}`, ...rest, ''].join('\n');
}

import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import type { RequestHead } from './plain-request.ts';

/** What takes the log. */
export interface LogSink {
  write(line: string): void;
}

/** A logger of lines of JSON, each with `time`, `level` and `msg`: of warnings and faults, and what a child of it adds. */
export function loggerTo(sink: LogSink): FastifyBaseLogger {
  return pino(
    {
      level: 'warn',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    sink,
  );
}

/** A request that has been answered. */
interface Answered {
  readonly id: string;
  readonly request: RequestHead;
  readonly status: number;
  /** Empty: the connection was gone before anybody asked. */
  readonly ip: string;
  /** Whose it was, where that is known. */
  readonly username: string | null;
}

/** The longest path, in characters, that a line shows whole. */
const LONGEST_PATH = 256;

/** A line for each request. Nothing secret is in it, as only what is named here is. */
export class RequestLog {
  readonly #log: FastifyBaseLogger;

  constructor(log: FastifyBaseLogger) {
    this.#log = log.child({}, { level: 'info' });
  }

  /** @param ms - from its arrival to the end of its answer. */
  answered({ id, request, status, ip, username }: Answered, ms: number): void {
    this.#log.info(
      {
        reqId: id,
        method: request.method,
        path: pathOf(request.url ?? ''),
        status,
        ms: Math.round(ms * 1000) / 1000,
        ip: ip || undefined,
        user: username ?? undefined,
        traceId: traceIdOf(request),
      },
      'request',
    );
  }

  /** What happens to the server as a whole. */
  say(sentence: string): void {
    this.#log.info(sentence);
  }
}

/** What a request is known by in the log: what a proxy before us calls it, or else a name of ours. */
export function requestIdOf({ headers }: RequestHead): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.:/+=@-]{1,128}$/.test(given) ? given : randomUUID();
}

const NO_TRACE = '0'.repeat(32);

/** The trace that a request is part of (W3C Trace Context, 3.2), if it is part of one. */
function traceIdOf({ headers }: RequestHead): string | undefined {
  const { traceparent } = headers;
  if (typeof traceparent !== 'string') return undefined;
  // Later versions may go on after the flags; version ff is none.
  const trace = /^(?!ff)[\da-f]{2}-([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/.exec(traceparent)?.[1];
  return trace === NO_TRACE ? undefined : trace;
}

/** Without the query, where a token may stand, and in ASCII. */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  const path = (end === -1 ? url : url.slice(0, end)).slice(0, LONGEST_PATH);
  return /^[\x20-\x7e]*$/.test(path) ? path : encodeURI(path.toWellFormed());
}

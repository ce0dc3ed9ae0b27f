import { BoardError } from '../model/errors.ts';
import { codeOf } from './error-code.ts';
import { Misuse } from './failure.ts';

/** Of the network: nobody is there, or nobody answers. */
const AWAY = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

/** Of a server that is there and lets nobody in for now: it starts, ends, or has as many connections as it may. */
const BUSY = /^(?:57P0[1-3]|53300|ER_CON_COUNT_ERROR|ER_SERVER_SHUTDOWN)$/;

/** Of a server that has no database of that name. */
const MISSING = /^(?:3D000|ER_BAD_DB_ERROR)$/;

/** What a board is opened with, as whoever runs the command knows it. */
const SETTINGS: Readonly<Record<string, string>> = {
  database: '--database (MSGBOARD_DATABASE)',
  bell: '--bell (MSGBOARD_BELL)',
  trustProxy: '--trust-proxy (MSGBOARD_TRUST_PROXY)',
  operatorToken: 'MSGBOARD_OPERATOR_TOKEN',
};

/** Why a database could not be opened, in words that do not repeat its password. */
export function openingFailure(thrown: unknown, database: string): unknown {
  const misuse = misuseOf(thrown);
  if (misuse) return misuse;
  // To callers an outage does not tell its reason, and a lost connection wraps it. Here the operator asks.
  const chain = causesOf(thrown);
  const cause = chain.at(-1);
  if (!(cause instanceof Error)) return thrown;

  const code = String(codeOf(cause));
  const server = `the ${database.split('://', 1)[0]} server that --database names`;
  if (code === 'ERR_SQLITE_ERROR')
    return new Error(`the database ${database} cannot be opened: ${cause.message}.`, { cause });
  if (MISSING.test(code))
    return new Error(
      `${server} has no such database: ${cause.message}. Create it first; docs/troubleshooting.md says how.`,
      { cause },
    );
  if (BUSY.test(code))
    return new BoardError('unavailable', `${server} takes nobody now: ${cause.message}. Try again in a moment.`, {
      cause,
    });
  if (AWAY.test(code) || chain.some(isLostConnection)) {
    const reason = AWAY.test(code) ? code : cause.message;
    return new BoardError(
      'unavailable',
      `${server} cannot be reached (${reason}). Is it running, and is its address right?`,
      { cause },
    );
  }
  return thrown instanceof BoardError ? (thrown.cause ?? thrown) : thrown;
}

/** A setting that makes no sense, by the name that it has here; `null`: it is something else. */
function misuseOf(thrown: unknown): Misuse | null {
  const [fault] = thrown instanceof BoardError ? thrown.faults : [];
  const setting = SETTINGS[fault?.path ?? ''];
  return fault && setting ? new Misuse(`${setting}: ${fault.message}`) : null;
}

/** An error, what caused it, and so on. */
function causesOf(thrown: unknown): readonly unknown[] {
  const chain = [thrown];
  for (let error = thrown; error instanceof Error && error.cause !== undefined; error = error.cause)
    chain.push(error.cause);
  return chain;
}

/** By its name, as the store keeps the class to itself. */
function isLostConnection(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConnectionLost';
}

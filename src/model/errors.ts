/** Everything that can go wrong on a board, as a closed set. */
export type ErrorCode =
  | 'bad-input'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'taken'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'wrong-host'
  | 'key-reused'
  | 'too-many'
  | 'internal'
  | 'unavailable';

/** What each means to HTTP. No two share a status, so either tells the other. */
export const STATUS = {
  'bad-input': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  taken: 409,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  'wrong-host': 421,
  'key-reused': 422,
  'too-many': 429,
  internal: 500,
  unavailable: 503,
} satisfies Record<ErrorCode, number>;

/** One fault of an input: `path` names the field (`data.colour`, `2.text` in a bulk), `message` says what is wrong. */
export interface InputFault {
  readonly path: string;
  readonly message: string;
}

interface Details {
  readonly faults?: readonly InputFault[];
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
  /** What really happened, for the log alone; never shown to a client. */
  readonly cause?: unknown;
}

/** The one error that a board throws. `message` says what was wrong and what to do, fit to be shown to a person. */
export class BoardError extends Error {
  override readonly name = 'BoardError';
  readonly code: ErrorCode;
  readonly faults: readonly InputFault[];
  readonly retryAfter: number | null;

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // A hook's own, in a program without types.
    this.code = Object.hasOwn(STATUS, code) ? code : 'internal';
    this.faults = details.faults ?? [];
    this.retryAfter = details.retryAfter ?? null;
  }
}

/** A refusal of one named field. */
export function badInput(path: string, message: string): BoardError {
  return new BoardError('bad-input', `${path}: ${message}`, { faults: [{ path, message }] });
}

/** A refusal of one item of many: `text` at fault in the third is `2.text`. Any other error is left as it is. */
export function ofItem(index: number, thrown: unknown): unknown {
  if (!(thrown instanceof BoardError)) return thrown;
  const { code, message, retryAfter } = thrown;
  const faults = thrown.faults.map((fault) => ({ ...fault, path: `${index}.${fault.path}` }));
  const text = faults.length === 0 ? `${index}: ${message}` : faults.map(inWords).join('; ');
  return new BoardError(code, text, { faults, ...(retryAfter !== null && { retryAfter }), cause: thrown });
}

/** Faults in one line. */
export function inWords({ path, message }: InputFault): string {
  return `${path}: ${message}`;
}

import { BoardError, type ErrorCode, type InputFault, STATUS } from '../model/errors.ts';

/** An answer that refuses, as the error that the board threw; `null`: it does not refuse. */
export async function refusalOf(response: Response): Promise<BoardError | null> {
  if (response.ok) return null;

  const { type, detail, errors } = problemIn(await response.text());
  return new BoardError(codeOf(type, response.status), detail ?? `The board answered with status ${response.status}.`, {
    ...(errors && { faults: errors }),
    ...retryAfterOf(response.headers.get('retry-after')),
  });
}

interface Problem {
  readonly type?: string;
  readonly detail?: string;
  readonly errors?: readonly InputFault[];
}

function problemIn(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    // Whatever stands between us and the board has its own words.
    return {};
  }
}

function codeOf(type: string | undefined, status: number): ErrorCode {
  const codes = Object.keys(STATUS) as ErrorCode[];
  const code =
    codes.find((each) => type?.endsWith(`/problems/${each}`)) ?? codes.find((each) => STATUS[each] === status);
  if (code) return code;
  // A proxy whose server is away says 502 or 504.
  if (status === 502 || status === 504) return 'unavailable';
  return status < 500 ? 'bad-input' : 'internal';
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterOf(header: string | null): { retryAfter?: number } {
  if (header === null) return {};
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? {} : { retryAfter: Math.max(0, seconds) };
}

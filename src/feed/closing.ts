import { BoardError } from '../model/errors.ts';

/** What somebody is told who comes while the board closes. */
export function closing(): BoardError {
  return new BoardError('unavailable', 'The board is closing. Try again in a moment.', { retryAfter: 1 });
}

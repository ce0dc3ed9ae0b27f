import { BoardError } from '../model/errors.ts';
import type { Dialect } from '../store/dialects/dialect.ts';
import { sqlite } from '../store/dialects/sqlite.ts';

/**
 * The database that a URL names.
 *
 * @param url - `sqlite:FILE` (a path, relative or from the root) or `sqlite::memory:`.
 * @throws BoardError `bad-input`.
 */
export function databaseOf(url: string): Dialect {
  // SQLAlchemy's three slashes are understood: sqlite:///board.db is a relative path, sqlite:////data/board.db is not.
  const location = /^sqlite:(?:\/\/\/)?(.+)$/s.exec(url)?.[1];
  if (location !== undefined) return sqlite(location);

  throw new BoardError('bad-input', `${JSON.stringify(url)} names no database. Use sqlite:FILE or sqlite::memory:`);
}

import { DatabaseSync } from 'node:sqlite';

/** What must be the same in a board that was moved: all but sessions, keys and the history. */
const MOVED =
  'users messages changes standings follow_ups activity message_topics recipients topics audiences conversations clock'.split(
    ' ',
  );

/** The rows of a file's tables, without the name of the history. */
export function contentsOf(file: string, tables: readonly string[] = MOVED): Record<string, string[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = (table: string) =>
    database
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => JSON.stringify({ ...row, epoch: null }))
      .sort();
  const contents = Object.fromEntries(tables.map((table) => [table, rows(table)]));
  database.close();
  return contents;
}

/** A database that answers the COMMIT of new messages at once, and carries it out when the next transaction begins. */
import { DatabaseSync } from 'node:sqlite';

const { prepare } = DatabaseSync.prototype;
let hasPosted = false;
let late: (() => unknown) | null = null;

DatabaseSync.prototype.prepare = function (sql) {
  const statement = prepare.call(this, sql);
  const { run } = statement;
  const runNow = (...values: unknown[]) => Reflect.apply(run, statement, values);

  if (/^insert into .messages. /.test(sql)) {
    const post = (...values: unknown[]) => {
      hasPosted = true;
      return runNow(...values);
    };
    Object.assign(statement, { run: post });
  }
  if (sql === 'begin immediate') {
    const begin = () => {
      late?.();
      late = null;
      hasPosted = false;
      return runNow();
    };
    Object.assign(statement, { run: begin });
  }
  if (sql === 'commit') {
    const commit = () => {
      if (!hasPosted) return runNow();
      late = runNow;
      return { changes: 0, lastInsertRowid: 0 };
    };
    Object.assign(statement, { run: commit });
  }
  return statement;
};

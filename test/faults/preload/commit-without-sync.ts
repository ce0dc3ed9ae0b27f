/** A database that syncs its log before it moves it into the file, but not at each COMMIT. */
import { DatabaseSync } from 'node:sqlite';

const { prepare } = DatabaseSync.prototype;

DatabaseSync.prototype.prepare = function (sql) {
  return prepare.call(this, sql.replace('synchronous = full', 'synchronous = normal'));
};

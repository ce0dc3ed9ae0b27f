import { createHash } from 'node:crypto';
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openBoard } from '../src/board/open-board.ts';
import { messageText } from './message-text.ts';
import type { Workshop } from './workshop.ts';

/** Filled boards stay here for the next run. */
const CACHE = join(tmpdir(), 'msgboard-bench-boards');

const migrations = new URL('../src/store/migrations/', import.meta.url);

/** A board of one person's public messages, `#1` to `#<messages>`, as a file that the row may write to. */
export async function filledBoard(workshop: Workshop, name: string, messages: number): Promise<string> {
  const kept = join(CACHE, `${messages}-${version()}.db`);
  if (!existsSync(kept)) {
    mkdirSync(CACHE, { recursive: true });
    const unfinished = `${kept}-${process.pid}`;
    await fill(unfinished, messages);
    renameSync(unfinished, kept);
  }
  const file = workshop.file(`${name}.db`);
  copyFileSync(kept, file, constants.COPYFILE_FICLONE);
  return file;
}

/**
 * The board itself makes the first message; the others are copies of that one's row, which is some fifty times as fast
 * and leaves the same tables.
 */
export async function fill(file: string, messages: number): Promise<void> {
  for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  const board = await openBoard(`sqlite:${file}`);
  await board.as().users.create({ username: 'kitten', password: 'yarn', bio: 'A cute ittle kitten.' });
  await board.as('kitten').messages.post({ text: `#1 ${messageText}` });
  await board.close();

  const database = new DatabaseSync(file);
  // What is lost by a crash is a file that has not got its name yet.
  database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -500000');
  const renamed = { id: 'n', seq: 'n', thread: 'n', text: "replace(text, '#1 ', '#' || n || ' ')" };
  const columns = database
    .prepare('pragma table_info(messages)')
    .all()
    .map(({ name }) => String(name));
  const values = columns.map((column) => (Object.hasOwn(renamed, column) ? Reflect.get(renamed, column) : column));
  database
    .prepare(
      `with recursive numbers(n) as (select 2 union all select n + 1 from numbers where n < ?)
       insert into messages (${columns}) select ${values} from (select * from messages where id = 1) cross join numbers`,
    )
    .run(messages);
  database.prepare('update clock set seq = ?').run(messages);
  database.exec('pragma journal_mode = wal');
  database.close();
}

/** Another one once a board is made otherwise. */
function version(): string {
  const hash = createHash('sha256').update(readFileSync(new URL(import.meta.url)));
  for (const name of readdirSync(migrations).sort()) hash.update(readFileSync(new URL(name, migrations)));
  return hash.digest('hex').slice(0, 12);
}

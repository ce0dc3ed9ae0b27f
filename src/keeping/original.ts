import { existsSync } from 'node:fs';
import { databaseOf, fileOf } from '../board/database-url.ts';
import { isPasswordHash } from '../board/passwords.ts';
import { BoardError } from '../model/errors.ts';
import { usernameKeyOrNull } from '../model/username.ts';
import { sqliteToRead } from '../store/dialects/sqlite.ts';
import { type Original, openOriginal } from '../store/original.ts';
import { headerLine } from './lines.ts';
import type { Line } from './read-lines.ts';

const PAGE = 1000;

interface OriginalOptions {
  /** When it was that the board does not know when something was, in ms since 1970. */
  readonly now: number;
  /** Hears of what does not come along as it was, in sentences. */
  readonly onChange: (sentence: string) => void;
}

/**
 * Reads the database of a msgboard of 2016 as an export, and closes it at the end.
 *
 * @param from - a file of SQLite, or a URL as of any database.
 * @throws BoardError `bad-input` if there is no such board.
 */
export async function* originalLines(from: string, options: OriginalOptions): AsyncGenerator<readonly Line[]> {
  const original = await open(from);
  try {
    const [users, posts] = [await original.extent('users'), await original.extent('posts')];
    const extent = { epoch: 'original', seq: posts.last, horizon: 0, lastUserId: users.last };
    yield [{ where: 'the header', value: headerLine({ ...extent, users: users.n, messages: posts.n }, 'all', true) }];
    yield* userLines(original, options);
    yield* postLines(original, options);
  } finally {
    await original.close();
  }
}

async function open(from: string): Promise<Original> {
  const isUrl = /^(?:sqlite:|\w+:\/\/)/.test(from);
  const file = isUrl ? fileOf(from) : from;
  if (file === null) return openOriginal(await databaseOf(from));
  if (!existsSync(file)) throw new BoardError('bad-input', `There is no file ${file}.`);
  return openOriginal(sqliteToRead(file));
}

async function* userLines(original: Original, { now, onChange }: OriginalOptions): AsyncGenerator<readonly Line[]> {
  const taken = new Set<string>();
  let lost = 0;
  for (
    let rows = await original.users(0, PAGE);
    rows.length > 0;
    rows = await original.users(rows.at(-1)?.id ?? 0, PAGE)
  ) {
    yield rows.map(({ id, username: before, password: hash, bio, created }): Line => {
      const username = nameOf(before, id, taken);
      taken.add(usernameKeyOrNull(username) ?? username);
      if (username !== before) onChange(`user ${id}, ${before}, is called ${username} here.`);
      const password = hash !== null && isPasswordHash(hash) ? hash : null;
      if (password !== hash) lost += 1;
      const fields = { id, seq: 0, username, bio, data: null, created: timeOf(created, now) };
      return { where: `users, id ${id}`, value: { type: 'user', ...fields, moderator: false, password } };
    });
  }
  if (lost > 0)
    onChange(`${lost} passwords are stored in a way that is not known here: set others by msgboard user passwd.`);
}

async function* postLines(original: Original, { now }: OriginalOptions): AsyncGenerator<readonly Line[]> {
  for (
    let rows = await original.posts(0, PAGE);
    rows.length > 0;
    rows = await original.posts(rows.at(-1)?.id ?? 0, PAGE)
  ) {
    yield rows.map(({ id, text, userId, created }): Line => {
      const fields = { id, seq: id, userId, text, data: null, topics: [], created: timeOf(created, now), edited: null };
      const value = { type: 'message', ...fields, deleted: false, replyTo: null, thread: id, people: [] };
      return { where: `posts, id ${id}`, value };
    });
  }
}

/** Their name, or the nearest to it that somebody can have and nobody has. */
function nameOf(username: string, id: number, taken: ReadonlySet<string>): string {
  const plain = username
    .normalize('NFKC')
    .replace(/[^\p{L}\p{M}\p{Nd}_.-]+/gu, '_')
    .slice(0, 20);
  const candidates = [username.normalize('NFC'), plain, `${plain}_${id}`, `user_${id}`];
  const isFree = (name: string) => {
    const key = usernameKeyOrNull(name);
    return key !== null && !taken.has(key);
  };
  return candidates.find(isFree) ?? `user_${id}_of_2016`;
}

/** SQLAlchemy writes UTC and does not say so. */
function timeOf(text: string | null, now: number): string {
  const form = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))? ?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text ?? '');
  const [, day, time = '00:00', zone = 'Z'] = form ?? [];
  const seconds = Number(text === null || text === '' ? Number.NaN : text);
  const at = form ? Date.parse(`${day}T${time}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`) : seconds * 1000;
  return new Date(Number.isNaN(at) ? now : at).toISOString();
}

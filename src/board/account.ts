import { BoardError, badInput } from '../model/errors.ts';
import type { Filter, Selection } from '../model/filter.ts';
import type { UserRow } from '../store/schema.ts';
import type { People } from './people.ts';

/** Who asks. A name is looked up when it is first needed. */
export class Account {
  readonly #people: People;
  readonly #who: string | number | null;

  constructor(people: People, who: string | number | null) {
    this.#people = people;
    this.#who = who;
  }

  /** @throws BoardError `unauthorized` if it is nobody, or nobody known. */
  async user(): Promise<UserRow> {
    const row = await this.#lookUp();
    if (row) return row;
    throw new BoardError('unauthorized', 'This needs credentials: a username and its password.');
  }

  /** A user's id, or `null` for nobody in particular. */
  async viewer(): Promise<number | null> {
    return this.#who === null ? null : (await this.user()).id;
  }

  async #lookUp(): Promise<UserRow | undefined> {
    return this.#who === null ? undefined : this.#people.find(this.#who);
  }
}

/** Looks up whom a filter names. */
export async function select(filter: Filter, viewer: number | null, people: People): Promise<Selection> {
  const partners = filter.with === undefined ? null : await idsOf(filter.with, 'with', people);
  if (partners !== null && viewer === null) {
    throw new BoardError('unauthorized', 'with: private messages need credentials.');
  }
  return {
    topics: filter.topic ?? null,
    users: filter.user === undefined ? null : await idsOf(filter.user, 'user', people),
    thread: filter.thread ?? null,
    replyTo: filter.replyTo ?? null,
    people:
      partners === null || viewer === null
        ? null
        : [...new Set([viewer, ...partners])].sort((left, right) => left - right),
    visibility: filter.visibility ?? 'all',
  };
}

/** @throws BoardError `bad-input` on `path`, naming who is not known. */
export async function idsOf(names: readonly (string | number)[], path: string, people: People): Promise<number[]> {
  const ids: number[] = [];
  for (const [index, name] of names.entries()) {
    const row = await people.find(name);
    if (!row) throw badInput(`${path}.${index}`, `there is no user ${name}`);
    ids.push(row.id);
  }
  return ids;
}

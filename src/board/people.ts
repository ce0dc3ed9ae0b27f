import type { LRUCache } from 'lru-cache';
import { usernameKeyOrNull } from '../model/username.ts';
import type { UserRow } from '../store/schema.ts';
import type { UserReads } from '../store/users.ts';
import { lastUsed } from './last-used.ts';

/** Accounts kept in memory: a few hundred bytes each. */
const MOST_KEPT = 50_000;

/** The accounts that this process has met. Whoever hears of a change has it {@link learn} of it. */
export class People {
  readonly #reads: UserReads;
  readonly #byId: LRUCache<number, UserRow>;
  readonly #idByKey: LRUCache<string, number>;

  /** @param most - accounts to keep. */
  constructor(reads: UserReads, most = MOST_KEPT) {
    this.#reads = reads;
    this.#byId = lastUsed(most);
    this.#idByKey = lastUsed(most);
  }

  /** Takes over accounts as they have become. */
  learn(rows: Iterable<UserRow>): void {
    for (const row of rows) this.#keep(row);
  }

  /** Forgets everybody: the database holds another history. */
  clear(): void {
    this.#byId.clear();
    this.#idByKey.clear();
  }

  /** What is known without asking the database, of deleted accounts too. */
  known(id: number): UserRow | undefined {
    return this.#byId.get(id);
  }

  async byId(id: number): Promise<UserRow | undefined> {
    return living(await this.#recallById(id));
  }

  async byName(username: string): Promise<UserRow | undefined> {
    return living(await this.#recallByName(username));
  }

  /** By username, or by id: a number, or a text of digits. */
  async find(idOrName: string | number): Promise<UserRow | undefined> {
    return living(await this.#recallOne(idOrName));
  }

  /** Many, in their order, and deleted accounts too, with two questions at most. */
  async recall(idsOrNames: readonly (string | number)[]): Promise<(UserRow | undefined)[]> {
    const [ids, keys]: [number[], string[]] = [[], []];
    for (const idOrName of idsOrNames) {
      const key = isName(idOrName) ? usernameKeyOrNull(idOrName) : null;
      if (key !== null && !this.#idByKey.has(key)) keys.push(key);
      if (!isName(idOrName) && Number.isSafeInteger(Number(idOrName))) ids.push(Number(idOrName));
    }
    await this.meet(ids);
    if (keys.length > 0) for (const row of await this.#reads.byKeys(keys)) this.#keep(row);
    return Promise.all(idsOrNames.map((idOrName) => this.#recallOne(idOrName)));
  }

  async #recallOne(idOrName: string | number): Promise<UserRow | undefined> {
    if (isName(idOrName)) return this.#recallByName(idOrName);
    const id = Number(idOrName);
    return Number.isSafeInteger(id) ? this.#recallById(id) : undefined;
  }

  async #recallByName(username: string): Promise<UserRow | undefined> {
    const key = usernameKeyOrNull(username);
    if (key === null) return undefined;
    const id = this.#idByKey.get(key);
    if (id !== undefined) return this.#recallById(id);

    const [row] = await this.#reads.byKeys([key]);
    if (row) this.#keep(row);
    return row && this.#recallById(row.id);
  }

  async #recallById(id: number): Promise<UserRow | undefined> {
    if (!this.#byId.has(id)) await this.meet([id]);
    return this.#byId.get(id);
  }

  /**
   * Makes sure that all of these are {@link known}, with one question at most.
   *
   * @param reads - whom to ask. Whoever holds a snapshot must ask that, as there may be no other connection.
   */
  async meet(ids: Iterable<number>, reads: UserReads = this.#reads): Promise<void> {
    const unknown = new Set<number>();
    for (const id of ids) if (!this.#byId.has(id)) unknown.add(id);
    if (unknown.size === 0) return;
    for (const row of await reads.byIds(unknown)) this.#keep(row);
  }

  #keep(row: UserRow): void {
    // A read may end after the account has changed: what is newer stays.
    if (row.seq < (this.#byId.peek(row.id)?.seq ?? 0)) return;
    this.#byId.set(row.id, row);
    this.#idByKey.set(row.username_key, row.id);
  }
}

/** Whoever is not deleted. */
export function living(row: UserRow | undefined): UserRow | undefined {
  return row?.deleted === 0 ? row : undefined;
}

function isName(idOrName: string | number): idOrName is string {
  return typeof idOrName === 'string' && !/^\d+$/.test(idOrName);
}

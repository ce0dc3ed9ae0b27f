import { hash, randomBytes } from 'node:crypto';
import { Account } from './account.ts';
import { lastUsed } from './last-used.ts';
import { BoardClient } from './local-client.ts';
import { noSuchPair, verify } from './log-in.ts';
import type { Parts } from './parts.ts';

/** Clients kept for who comes again: a kilobyte each. */
const MOST_KEPT = 50_000;

/**
 * Who has logged in by password, so that Basic credentials, which come with every request, cost little more than a look.
 * What is kept is known by a hash under a key of this process, never by the password; and whether it still holds, an
 * account is asked at each call. Without this, a log-in was a fifth of a POST.
 */
export class LogIns {
  readonly #parts: Parts;
  readonly #key = randomBytes(32).toString('hex');
  readonly #clients = lastUsed<string, { client: BoardClient; account: Account }>(MOST_KEPT);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws BoardError `unauthorized` if there is no such pair, or it is no longer let in. */
  async find(username: string, password: string, beforeHashing?: () => void): Promise<BoardClient> {
    if (typeof username !== 'string' || typeof password !== 'string') throw noSuchPair();
    const pair = hash('sha256', `${this.#key}${username.length}:${username}${password}`, 'base64');
    const kept = this.#clients.get(pair);
    if (kept && (kept.account.isKnownToHold || (await kept.account.isStillAllowed()))) return kept.client;

    this.#clients.delete(pair);
    const { id, password_hash } = await verify(this.#parts, username, password, beforeHashing);
    const account = new Account(this.#parts, id, { proof: (row) => row.password_hash === password_hash });
    await account.user();
    const client = new BoardClient(this.#parts, account);
    this.#clients.set(pair, { client, account });
    return client;
  }
}

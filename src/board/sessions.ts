import { BoardError } from '../model/errors.ts';
import type { Filter } from '../model/filter.ts';
import type { UserRow } from '../store/schema.ts';
import type { SessionRow } from '../store/sessions.ts';
import type { Store } from '../store/store.ts';
import { lastUsed } from './last-used.ts';
import type { People } from './people.ts';
import { closeSession, closeSessions, forgetSessions, openSession, openStreamToken } from './session-writes.ts';
import { kindOf, newToken, type TokenKind, tokenHash } from './tokens.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How long (ms) a session lasts, used or not: what leaks is of no use after that. */
const LIFETIME = 30 * DAY;

/** How long (ms) a token for streams, which stands in URLs, opens them. */
const STREAM_LIFETIME = 10 * MINUTE;

/** Sessions kept in memory: a few hundred bytes each. */
const MOST_KEPT = 50_000;

/** How often (ms) expired sessions are forgotten, and how many at once. */
const PRUNE_EVERY = 10 * MINUTE;
const PRUNED_AT_ONCE = 500;

interface SessionsOptions {
  readonly store: Store;
  readonly people: People;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
  /** Hears of it when expired sessions could not be forgotten. */
  readonly onFault: (error: unknown) => void;
}

/** A session that was just opened. The token is not kept. */
interface Opened {
  readonly token: string;
  readonly expires: number;
}

/** Who has logged in: tokens that are known by their hashes alone. */
export class Sessions {
  readonly #store: Store;
  readonly #people: People;
  readonly #now: () => number;
  readonly #kept = lastUsed<string, SessionRow & { readonly user_seq: number }>(MOST_KEPT);
  readonly #pruning: NodeJS.Timeout;

  constructor({ store, people, now, onFault }: SessionsOptions) {
    this.#store = store;
    this.#people = people;
    this.#now = now;
    this.#pruning = setInterval(() => void this.prune().catch(onFault), PRUNE_EVERY).unref();
  }

  async open(user: UserRow): Promise<Opened> {
    const { token, row } = this.#new('all', user.id, LIFETIME);
    await this.#store.write(openSession(user, row));
    return { token, expires: row.expires };
  }

  /**
   * Opens a token that opens streams.
   *
   * @param parent - the session that it ends with; `null`: when its user logs out everywhere.
   */
  async openForStreams(user: UserRow, parent: SessionRow | null, filter: Filter | null): Promise<Opened> {
    const { token, row } = this.#new('stream', user.id, STREAM_LIFETIME);
    const bound = { ...row, parent: parent?.token_hash ?? null, filter: filter && JSON.stringify(filter) };
    const { row: anchor } = this.#new('all', user.id, LIFETIME);
    await this.#store.write(openStreamToken(user, bound, { ...anchor, scope: 'anchor' }));
    return { token, expires: row.expires };
  }

  #new(scope: TokenKind, userId: number, lifetime: number): { token: string; row: SessionRow } {
    const token = newToken(scope);
    const expires = this.#now() + lifetime;
    return {
      token,
      row: { token_hash: tokenHash(token), user_id: userId, expires, scope, parent: null, filter: null },
    };
  }

  /**
   * The session behind a token.
   *
   * @throws BoardError `unauthorized` if there is none, or the token is for something else.
   */
  async find(token: string, kind: TokenKind): Promise<SessionRow> {
    if (typeof token !== 'string') throw ended();
    const itsKind = kindOf(token);
    if (itsKind !== null && itsKind !== kind) throw new BoardError('unauthorized', MISPLACED[itsKind]);
    const row = itsKind === null ? undefined : await this.#live(tokenHash(token));
    if (row?.scope === kind) return row;
    throw ended();
  }

  /** Whether a session goes on; of a token for streams, the session that it hangs on. */
  async isLive({ token_hash, parent }: SessionRow): Promise<boolean> {
    return (await this.#live(parent ?? token_hash)) !== undefined;
  }

  /** When it ends by itself (ms since 1970), and with it what it has opened. */
  async endOf({ token_hash, parent }: SessionRow): Promise<number> {
    return (await this.#live(parent ?? token_hash))?.expires ?? 0;
  }

  /** Forgets what was remembered: the database holds another history. */
  clear(): void {
    this.#kept.clear();
  }

  async #live(hash: string): Promise<SessionRow | undefined> {
    let row = this.#kept.get(hash);
    // Whatever ends a session before its time changes its user: what was read after the latest change still holds.
    if (!row || ((await this.#people.byId(row.user_id))?.seq ?? Number.POSITIVE_INFINITY) > row.user_seq) {
      row = await this.#store.sessions.byHash(hash);
      if (row) this.#kept.set(hash, row);
      else this.#kept.delete(hash);
    }
    return row && row.expires > this.#now() ? row : undefined;
  }

  async close({ user_id, token_hash }: SessionRow): Promise<void> {
    await this.#store.write(closeSession(user_id, token_hash));
  }

  /** Ends all of a user's sessions. */
  async closeAll(userId: number): Promise<void> {
    await this.#store.write(closeSessions(userId));
  }

  /** Forgets sessions that have expired. */
  async prune(): Promise<void> {
    for (;;) {
      const hashes = await this.#store.sessions.expired(this.#now(), PRUNED_AT_ONCE);
      if (hashes.length > 0) await this.#store.write(forgetSessions(hashes));
      if (hashes.length < PRUNED_AT_ONCE) return;
    }
  }

  stop(): void {
    clearInterval(this.#pruning);
  }
}

const MISPLACED: Readonly<Record<TokenKind, string>> = {
  all: "This is a session's token, which does not belong into a URL. Open one for streams: POST /session with stream: true.",
  stream: 'This token opens streams, as GET /stream?token=…, and nothing else. Use the one of a session.',
};

function ended(): BoardError {
  return new BoardError('unauthorized', 'This session has ended, or never was. Log in again.');
}

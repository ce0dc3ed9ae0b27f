import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { StreamClient } from '../../model/board.ts';
import { BoardError } from '../../model/errors.ts';
import { usernameKeyOrNull } from '../../model/username.ts';
import { addressOf } from './address.ts';
import { Places } from './places.ts';
import { DEFAULTS, type Limit, type LimitName, type LimitTable, type PlaceName, type RateName } from './table.ts';
import { type Standing, Windows } from './windows.ts';

type Key = string | number;

/** After how many seconds somebody who has too much open may try again. */
const COME_BACK = 5;

/** What limits the guessing of passwords. */
const GUESSES: readonly RateName[] = ['failed-logins', 'address-failed-logins'];

const DECORATION = Symbol('limits');

/** Of a request, where it comes from. */
interface From {
  readonly ip: string;
}

/** What takes the headers of an answer. */
interface HeaderSink {
  header(name: string, value: string): unknown;
}

/** Who has done how much of what is limited. Each process counts for itself, and a program that uses the library is free. */
export class Limits {
  readonly #rates = new Map<LimitName, Windows>();
  readonly #places = new Map<LimitName, Places>();

  readonly #onRefusal: (name: LimitName) => void;

  /**
   * @param now - milliseconds that never go back.
   * @param onRefusal - hears of each request that is refused.
   */
  constructor(table: LimitTable, now: () => number, onRefusal: (name: LimitName) => void = () => {}) {
    this.#onRefusal = onRefusal;
    for (const [name, limit] of Object.entries(table) as [LimitName, Limit | null][]) {
      if (limit === null) continue;
      const { amount, seconds } = limit;
      if (seconds === null) this.#places.set(name, new Places(amount));
      else this.#rates.set(name, new Windows(amount, seconds, now));
    }
  }

  /** Makes them known to the routes of `app`. */
  addTo(app: FastifyInstance): void {
    app.decorate<Limits>(DECORATION, this);
  }

  static of({ server }: FastifyRequest): Limits {
    return server.getDecorator<Limits>(DECORATION);
  }

  /** Counts a request that reads. */
  read({ ip }: From, reply: HeaderSink): void {
    if (this.#rates.has('reads')) this.#count('reads', addressOf(ip), 1, reply);
  }

  /** Counts a message that a user is about to post or to edit. */
  async post(client: StreamClient, reply: HeaderSink): Promise<void> {
    if (!this.#rates.has('messages')) return;
    const user = await client.viewer();
    if (user !== null) this.#count('messages', user, 1, reply);
  }

  /**
   * Posts many messages, of which one is counted already. If none of them comes to be, it was that one.
   *
   * @throws BoardError `too-large` if no wait will let so many through.
   */
  async postMany<Result>(
    client: StreamClient,
    count: number,
    reply: HeaderSink,
    body: () => Promise<Result>,
  ): Promise<Result> {
    const windows = this.#rates.get('messages');
    const user = windows ? await client.viewer() : null;
    if (!windows || user === null || count <= 1) return body();
    const { amount, seconds } = windows;
    if (count > amount)
      throw new BoardError(
        'too-large',
        `No more than ${amount} messages are let through in ${seconds} s. Send fewer at once.`,
      );

    this.#count('messages', user, count - 1, reply);
    try {
      return await body();
    } catch (error) {
      windows.giveBack(user, count - 1);
      tell(reply, 'messages', windows, windows.take(user, 0));
      throw error;
    }
  }

  /** Signs somebody up; what comes to nothing does not count. */
  async signUp<User>({ ip }: From, reply: HeaderSink, body: () => Promise<User>): Promise<User> {
    const address = addressOf(ip);
    this.#count('signups', address, 1, reply);
    try {
      return await body();
    } catch (error) {
      this.#rates.get('signups')?.giveBack(address, 1);
      throw error;
    }
  }

  /**
   * Tries a password. A guess is taken before it is hashed, so that many at once are not all let through, and given back
   * where it is right. Whoever has none left is refused even with the right password: an answer would tell that it is.
   *
   * @param body - what it is refused with is `unauthorized` or `forbidden`.
   */
  guess<Result>(from: From, username: string, body: () => Promise<Result>): Promise<Result> {
    return this.logIn(from, username, async (beforeHashing) => {
      beforeHashing();
      return body();
    });
  }

  /**
   * The same for whoever sends a password each time.
   *
   * @param body - calls what it is given when it is about to hash. A pair of name and password that it remembers, or is
   *   checking already, costs nothing.
   */
  async logIn<Result>(
    { ip }: From,
    username: string,
    body: (beforeHashing: () => void) => Promise<Result>,
  ): Promise<Result> {
    const guesses = this.#guesses(ip, username);
    const take = (count: number) => {
      for (const [name, key] of guesses) this.#count(name, key, count);
    };

    take(0);
    let isToGiveBack = false;
    try {
      return await body(() => {
        take(1);
        isToGiveBack = true;
      });
    } catch (error) {
      if (error instanceof BoardError && /^(?:unauthorized|forbidden)$/.test(error.code)) isToGiveBack = false;
      throw error;
    } finally {
      if (isToGiveBack) for (const [name, key] of guesses) this.#rates.get(name)?.giveBack(key, 1);
    }
  }

  /** Refuses whoever has used up their guesses. */
  checkGuesses({ ip }: From, username: string): void {
    for (const [name, key] of this.#guesses(ip, username)) this.#count(name, key, 0);
  }

  /** What a guess is counted by. */
  #guesses(ip: string, username: string): readonly (readonly [RateName, Key])[] {
    if (!GUESSES.some((name) => this.#rates.has(name))) return [];
    const address = addressOf(ip);
    return [
      // All names that nobody can have are one.
      ['failed-logins', `${address} ${usernameKeyOrNull(username) ?? ''}`],
      ['address-failed-logins', address],
    ];
  }

  /** Takes a place for a stream. @returns what frees it. */
  async stream(client: StreamClient, { ip }: From): Promise<() => void> {
    const user = await client.viewer();
    return user === null ? this.#hold('anonymous-streams', addressOf(ip)) : this.#hold('streams', user);
  }

  /** Takes a place for catching up at length. @returns what frees it. */
  replay({ ip }: From): () => void {
    return this.#hold('replays', addressOf(ip));
  }

  #count(name: RateName, key: Key, count: number, reply?: HeaderSink): void {
    const windows = this.#rates.get(name);
    if (!windows) return;
    const standing = windows.take(key, count);
    if (reply) tell(reply, name, windows, standing);
    if (!standing.isOver) return;
    this.#onRefusal(name);
    throw tooMany(name, `Try again in ${standing.seconds} s.`, standing.seconds);
  }

  #hold(name: PlaceName, key: Key): () => void {
    const places = this.#places.get(name);
    const free = places ? places.take(key) : () => {};
    if (free) return free;
    this.#onRefusal(name);
    throw tooMany(name, 'Close one first.', COME_BACK);
  }
}

function tooMany(name: LimitName, how: string, retryAfter: number): BoardError {
  return new BoardError('too-many', `Too many ${DEFAULTS[name].what}. ${how}`, { retryAfter });
}

/** How it stands, for programs (draft-ietf-httpapi-ratelimit-headers-10). */
function tell(reply: HeaderSink, name: string, { amount, seconds }: Windows, standing: Standing): void {
  reply.header('ratelimit-policy', `"${name}";q=${amount};w=${seconds}`);
  reply.header('ratelimit', `"${name}";r=${standing.left};t=${standing.seconds}`);
}

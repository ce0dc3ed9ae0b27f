import { BoardError, badInput } from '../model/errors.ts';
import type { Filter, Selection } from '../model/filter.ts';
import type { UserRow } from '../store/schema.ts';
import type { SessionRow } from '../store/sessions.ts';
import { isIn } from './let-in.ts';
import type { Parts } from './parts.ts';
import type { People } from './people.ts';

/**
 * Says whether what somebody was let in with (a password, a session) still holds for their account as it is now. Asked
 * at each call and, of an open stream, whenever the account changes.
 */
type Proof = (row: UserRow) => boolean | Promise<boolean>;

/** Runs the board, and has no account on it. */
export const OPERATOR = Symbol('operator');

/** What somebody was let in with. */
interface Credentials {
  /** Default: the host vouches for them. */
  readonly proof?: Proof;
  readonly session?: SessionRow;
  /** When they end by themselves, in ms since 1970. Default: never. */
  readonly until?: number;
}

/** Who asks, and why they are believed. */
export class Account {
  readonly #parts: Pick<Parts, 'people' | 'rules'>;
  readonly #who: string | number | typeof OPERATOR | null;
  readonly #proof: Proof;
  /** The session that asks; `null`: none does. */
  readonly session: SessionRow | null;
  readonly until: number | null;

  /** @param who - a username or id, looked up when it is first needed; `null`: nobody in particular. */
  constructor(
    parts: Pick<Parts, 'people' | 'rules'>,
    who: string | number | typeof OPERATOR | null,
    { proof = () => true, session, until }: Credentials = {},
  ) {
    this.#parts = parts;
    this.#who = who;
    this.#proof = proof;
    this.session = session ?? null;
    this.until = until ?? null;
  }

  get isOperator(): boolean {
    return this.#who === OPERATOR;
  }

  get isNobody(): boolean {
    return this.#who === null;
  }

  /** @throws BoardError `unauthorized` if it is nobody, or nobody who is let in; `forbidden` if it is the operator. */
  async user(): Promise<UserRow> {
    const known = this.#known;
    if (known) return known;
    if (this.#who === OPERATOR) throw new BoardError('forbidden', 'The operator has no account. Log in as a user.');
    const row = this.#who === null ? undefined : await this.#parts.people.find(this.#who);
    if (!row) throw new BoardError('unauthorized', 'This needs credentials: a username and its password, or a token.');
    if (row.banned === 1) throw new BoardError('unauthorized', 'This account is banned.');
    if (await this.#proof(row)) return row;
    throw new BoardError('unauthorized', 'These credentials have ended. Log in again.');
  }

  /** Whose it is, where that is known without a look anywhere. */
  get username(): string | null {
    return (typeof this.#who === 'number' ? this.#parts.people.known(this.#who)?.username : undefined) ?? null;
  }

  /** Whether it is known, without a look anywhere, that they are still let in. */
  get isKnownToHold(): boolean {
    return this.#known !== undefined;
  }

  get #known(): UserRow | undefined {
    const row = typeof this.#who === 'number' ? this.#parts.people.known(this.#who) : undefined;
    return row && isIn(row) && this.#proof(row) === true ? row : undefined;
  }

  /** Whether an open stream may go on. */
  async isStillAllowed(): Promise<boolean> {
    return this.viewer().then(
      () => true,
      (error: unknown) => {
        if (error instanceof BoardError && error.code === 'unauthorized') return false;
        throw error;
      },
    );
  }

  /** Whoever acts with more than an account of their own may do; `null`: the operator. */
  async actor(): Promise<UserRow | null> {
    return this.#who === OPERATOR ? null : this.user();
  }

  /** Whether they look after the accounts of others. */
  async moderates(): Promise<boolean> {
    return this.isOperator || (!this.isNobody && (await this.user()).moderator === 1);
  }

  /**
   * Who reads: a user's id, or `null` for nobody in particular.
   *
   * @param filter - what is read; a conversation has people in it, and the operator is none of them.
   * @throws BoardError `unauthorized` if it is nobody who is let in, or nobody at all and the board is for members;
   *   `forbidden` if the operator asks for a conversation.
   */
  async viewer(filter: Filter = {}): Promise<number | null> {
    if (this.#who === null && this.#parts.rules.read === 'members') {
      throw new BoardError('unauthorized', 'This board is for members: log in, or send credentials.');
    }
    const isNobody = this.#who === null || (this.#who === OPERATOR && filter.with === undefined);
    return isNobody ? null : (await this.user()).id;
  }
}

/** Looks up whom a filter names; also who is gone, so that whoever reads on hears of that, and not that there is no such filter. */
export async function select(filter: Filter, viewer: number | null, people: People): Promise<Selection> {
  const partners = filter.with === undefined ? null : idsOf(await people.recall(filter.with), filter.with, 'with');
  if (partners !== null && viewer === null) {
    throw new BoardError('unauthorized', 'with: private messages need credentials.');
  }
  return {
    topics: filter.topic ?? null,
    users: filter.user === undefined ? null : idsOf(await people.recall(filter.user), filter.user, 'user'),
    thread: filter.thread ?? null,
    replyTo: filter.replyTo ?? null,
    people:
      partners === null || viewer === null
        ? null
        : [...new Set([viewer, ...partners])].sort((left, right) => left - right),
    visibility: filter.visibility ?? 'all',
  };
}

/**
 * @param rows - whom the names belong to.
 * @throws BoardError `bad-input` on `path`, naming who is not known.
 */
export function idsOf(
  rows: readonly (UserRow | undefined)[],
  names: readonly (string | number)[],
  path: string,
): number[] {
  return rows.map((row, index) => {
    if (row) return row.id;
    throw badInput(`${path}.${index}`, `there is no user ${names[index]}`);
  });
}

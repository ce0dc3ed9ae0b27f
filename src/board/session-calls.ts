import type { Client } from '../model/client.ts';
import { BoardError, badInput } from '../model/errors.ts';
import { type CurrentSession, type Session, SessionDraft } from '../model/session.ts';
import type { UserRow } from '../store/schema.ts';
import { Account, select } from './account.ts';
import { verify } from './log-in.ts';
import type { Parts } from './parts.ts';
import { userOf } from './present.ts';
import { timeOf } from './stored-values.ts';
import { validate } from './validate.ts';

/** What can be done with sessions. */
export class SessionCalls {
  readonly #parts: Parts;
  readonly #account: Account;

  constructor(parts: Parts, account: Account) {
    this.#parts = parts;
    this.#account = account;
  }

  readonly calls: Client['sessions'] = {
    open: (draft = {}) => this.#open(draft),
    current: () => this.#current(),
    close: ({ all = false } = {}) => this.#close(all),
  };

  async #open(draft: SessionDraft): Promise<Session> {
    validate(SessionDraft, draft);
    const { username, stream = false, filter = null } = draft;
    if (filter !== null && !stream) throw badInput('filter', 'goes with stream: true');

    const user = username === undefined ? await this.#opener(draft) : await this.#named(username, draft.password);
    const { sessions, people } = this.#parts;
    if (!stream && this.#account.session) {
      throw new BoardError('forbidden', 'A session opens no other one, so that it ends when it should: log in anew.');
    }
    // Whatever is wrong with a filter is told now, and not to each stream.
    if (filter) await select(filter, user.id, people);
    const opened = stream
      ? await sessions.openForStreams(user, this.#account.session, filter)
      : await sessions.open(user);
    return { token: opened.token, expires: timeOf(opened.expires), user: userOf(user) };
  }

  /** Whoever asks. */
  async #opener({ password }: SessionDraft): Promise<UserRow> {
    if (password !== undefined) throw badInput('username', 'is missing');
    if (this.#account.isOperator) throw badInput('username', 'is missing: whose session is it to be?');
    return this.#account.user();
  }

  /** Whoever proves to be that user, or is named by the operator. */
  async #named(username: string, password: string | undefined): Promise<UserRow> {
    const { isOperator, isNobody } = this.#account;
    if (!isOperator && !isNobody) throw badInput('username', 'is known from the credentials; leave it out');
    if (password !== undefined) {
      const { id } = await verify(this.#parts, username, password);
      return new Account(this.#parts, id).user();
    }
    if (!isOperator) throw badInput('password', 'is missing');

    const user = await this.#parts.people.byName(username);
    if (!user) throw badInput('username', `there is no user ${username}`);
    if (user.banned === 1) throw new BoardError('forbidden', `${user.username} is banned.`);
    return user;
  }

  async #current(): Promise<CurrentSession> {
    const user = userOf(await this.#account.user());
    const { session } = this.#account;
    return { user, expires: session && timeOf(session.expires) };
  }

  async #close(all: boolean): Promise<void> {
    const { id } = await this.#account.user();
    const { session } = this.#account;
    if (all) return this.#parts.sessions.closeAll(id);
    if (session) return this.#parts.sessions.close(session);
    throw badInput('all', 'must be set: these credentials are no session, though they can end all sessions');
  }
}

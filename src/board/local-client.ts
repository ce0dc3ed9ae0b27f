import type { LocalClient } from '../model/board.ts';
import type { Client } from '../model/client.ts';
import type { Account } from './account.ts';
import { BoardStreams } from './board-streams.ts';
import { MessageCalls } from './message-calls.ts';
import type { Parts } from './parts.ts';
import { SessionCalls } from './session-calls.ts';
import { TopicCalls } from './topic-calls.ts';
import { UserCalls } from './user-calls.ts';

/** What somebody may do on a board of this process. What they call is made when it is first needed: most need one thing. */
export class BoardClient extends BoardStreams implements LocalClient {
  readonly isOperator: boolean;
  readonly #parts: Parts;
  readonly #account: Account;
  #users: Client['users'] | undefined;
  #messages: Client['messages'] | undefined;
  #topics: Client['topics'] | undefined;
  #sessions: Client['sessions'] | undefined;

  constructor(parts: Parts, account: Account) {
    super(parts, account);
    this.isOperator = account.isOperator;
    this.#parts = parts;
    this.#account = account;
  }

  get users(): Client['users'] {
    this.#users ??= this.#parts.underWay.counted(new UserCalls(this.#parts, this.#account).calls);
    return this.#users;
  }

  get messages(): Client['messages'] {
    this.#messages ??= this.#parts.underWay.counted(new MessageCalls(this.#parts, this.#account).calls);
    return this.#messages;
  }

  get topics(): Client['topics'] {
    this.#topics ??= this.#parts.underWay.counted(new TopicCalls(this.#parts, this.#account).calls);
    return this.#topics;
  }

  get sessions(): Client['sessions'] {
    this.#sessions ??= this.#parts.underWay.counted(new SessionCalls(this.#parts, this.#account).calls);
    return this.#sessions;
  }

  get isKnownToHold(): boolean {
    return this.#account.isKnownToHold;
  }
}

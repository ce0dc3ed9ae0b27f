import type { LocalClient } from '../model/board.ts';
import type { Client } from '../model/client.ts';
import type { Account } from './account.ts';
import { BoardStreams } from './board-streams.ts';
import { MessageCalls } from './message-calls.ts';
import type { Parts } from './parts.ts';
import { SessionCalls } from './session-calls.ts';
import { TopicCalls } from './topic-calls.ts';
import { UserCalls } from './user-calls.ts';

/** What somebody may do on a board of this process. */
export class BoardClient extends BoardStreams implements LocalClient {
  readonly isOperator: boolean;
  readonly #account: Account;
  readonly users: Client['users'];
  readonly messages: Client['messages'];
  readonly topics: Client['topics'];
  readonly sessions: Client['sessions'];

  constructor(parts: Parts, account: Account) {
    super(parts, account);
    this.#account = account;
    this.isOperator = account.isOperator;
    this.users = new UserCalls(parts, account).calls;
    this.messages = new MessageCalls(parts, account).calls;
    this.topics = new TopicCalls(parts, account).calls;
    this.sessions = new SessionCalls(parts, account).calls;
  }

  get isKnownToHold(): boolean {
    return this.#account.isKnownToHold;
  }
}

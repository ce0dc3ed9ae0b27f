import { isDeepStrictEqual } from 'node:util';
import type { Deleted, StreamEvent } from '../../src/model/change.ts';
import type { Message } from '../../src/model/message.ts';

/**
 * The copy of a board that a reader keeps by applying events, and the judge of what it is told: each message once as
 * `message`, no version twice, none older after newer, no change of what it never got.
 */
export class BoardCopy {
  readonly faults: string[] = [];
  readonly #messages = new Map<number, Message>();
  /** The latest version seen of each message, deleted ones too. */
  readonly #versions = new Map<number, number>();
  readonly #floor: number;

  /**
   * @param page - what the reader had before its stream.
   * @param floor - messages below this id were not on the page, so that their changes tell the reader nothing.
   */
  constructor(page: readonly Message[] = [], floor = 0) {
    this.#floor = floor;
    for (const message of page) {
      this.#messages.set(message.id, message);
      this.#versions.set(message.id, message.seq);
    }
  }

  apply(event: StreamEvent): void {
    switch (event.type) {
      case 'message':
        if (event.message.id < this.#floor)
          this.faults.push(`${event.message.id} is older than the page, yet came as new`);
        if (this.#versions.has(event.message.id)) this.faults.push(`${event.message.id} came twice as message`);
        this.#see(event.message);
        this.#messages.set(event.message.id, event.message);
        break;
      case 'edit':
        if (this.#know(event.message, 'edit')) this.#messages.set(event.message.id, event.message);
        break;
      case 'delete':
        if (this.#know(event.message, 'delete')) this.#messages.delete(event.message.id);
        break;
      case 'reset':
        this.faults.push(`reset, as ${event.reason}`);
        break;
      case 'idle':
        break;
    }
  }

  /** All faults seen, and what sets the copy apart from the board as it is in the end. */
  faultsAgainst(board: readonly Message[]): string[] {
    const wanted = board.filter((message) => message.id >= this.#floor);
    const ids = new Set(wanted.map((message) => message.id));
    const missing = wanted.filter((message) => !this.#messages.has(message.id)).map(({ id }) => `${id} is missing`);
    const left = [...this.#messages.keys()].filter((id) => !ids.has(id)).map((id) => `${id} is not on the board`);
    const other = wanted
      .filter((message) => !isSame(this.#messages.get(message.id) ?? message, message))
      .map((message) => `${message.id} is not as on the board`);

    return [...this.faults, ...missing, ...left, ...other];
  }

  #know(message: Message | Deleted, type: string): boolean {
    this.#see(message);
    if (this.#messages.has(message.id)) return true;
    if (message.id >= this.#floor) this.faults.push(`${type} of ${message.id}, which never came`);
    return false;
  }

  #see({ id, seq }: { readonly id: number; readonly seq: number }): void {
    const known = this.#versions.get(id);
    if (known === seq) this.faults.push(`${id} came twice as of ${seq}`);
    if (known !== undefined && known > seq) this.faults.push(`${id} came as of ${seq} after ${known}`);
    this.#versions.set(id, Math.max(seq, known ?? 0));
  }
}

/** Alike in all that a change of the message itself can change; the rest is as of each answer. */
function isSame(left: Message, right: Message): boolean {
  return isDeepStrictEqual(ofItself(left), ofItself(right));
}

function ofItself({ id, seq, text, created, edited, topics, replyTo, thread, to, data, user }: Message): unknown {
  return { id, seq, text, created, edited, topics, replyTo, thread, to, data, author: user.id };
}

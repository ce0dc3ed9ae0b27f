import type { Deleted, MessageState } from '../model/change.ts';
import type { Message } from '../model/message.ts';
import { oncePer } from '../model/once-per.ts';
import type { Author } from '../model/user.ts';
import { peopleOf, topicsOf } from '../store/columns.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import { frozen } from './frozen.ts';
import { dataOf, timeOf } from './stored-values.ts';

export const authorOf = oncePer(
  (row: UserRow): Author =>
    Object.freeze({ id: row.id, username: row.username, bio: row.bio, created: timeOf(row.created) }),
);
const authorJson = oncePer((row: UserRow) => JSON.stringify(authorOf(row)));

/**
 * A message as it is stored, with those whom it names as they were when it was read. Most of a long replay is told as JSON
 * alone, so what is shown is made when somebody asks for it.
 */
export class Shown implements MessageState {
  readonly id: number;
  readonly seq: number;
  readonly deleted: boolean;
  readonly userId: number;
  readonly topics: readonly string[];
  readonly thread: number;
  readonly replyTo: number | null;
  readonly audience: number;
  readonly people: readonly number[];
  readonly #row: MessageRow;
  readonly #author: UserRow;
  readonly #to: readonly string[];
  #message: Message | Deleted | null = null;

  /** @param userOf - looks up those whom it names. */
  constructor(row: MessageRow, userOf: (id: number) => UserRow) {
    this.id = row.id;
    this.seq = row.seq;
    this.deleted = row.deleted === 1;
    this.userId = row.user_id;
    this.topics = topicsOf(row);
    this.thread = row.thread;
    this.replyTo = row.reply_to === 0 ? null : row.reply_to;
    this.audience = row.audience;
    this.people = peopleOf(row);
    this.#row = row;
    this.#author = userOf(row.user_id);
    this.#to = Object.freeze(whomTo(this).map((id) => userOf(id).username));
  }

  get message(): Message | Deleted {
    this.#message ??= this.deleted ? this.#tombstone() : this.#whole();
    return this.#message;
  }

  /**
   * Straight from its row: to make a message of it first is a third of the time of a replay. Made anew for each group of readers,
   * of whom most messages have few: to keep it would be a sixth of a replay.
   */
  get json(): string {
    if (this.deleted) return JSON.stringify(this.message);
    const { id, seq, thread, replyTo } = this;
    const { text, created, edited, replies, data } = this.#row;
    return `{"id":${id},"seq":${seq},"text":${JSON.stringify(text)},"user":${authorJson(this.#author)},"created":"${timeOf(created)}","edited":${edited === null ? null : `"${timeOf(edited)}"`},"topics":${listJson(this.topics)},"replyTo":${replyTo},"thread":${thread},"replies":${replies},"to":${listJson(this.#to)},"data":${data === null ? null : JSON.stringify(dataOf(data))},"posts":null,"latest":null}`;
  }

  #whole(): Message {
    const { text, created, edited, replies, data } = this.#row;
    return Object.freeze({
      id: this.id,
      seq: this.seq,
      text,
      user: authorOf(this.#author),
      created: timeOf(created),
      edited: edited === null ? null : timeOf(edited),
      topics: frozen([...this.topics]),
      replyTo: this.replyTo,
      thread: this.thread,
      replies,
      to: frozen([...this.#to]),
      data: frozen(dataOf(data)),
      posts: null,
      latest: null,
    });
  }

  #tombstone(): Deleted {
    const { id, username } = this.#author;
    return Object.freeze({
      id: this.id,
      seq: this.seq,
      user: Object.freeze({ id, username }),
      topics: this.topics,
      thread: this.thread,
      replyTo: this.replyTo,
      to: this.#to,
    });
  }
}

/** The people of a private message but its author; of a note to oneself, oneself. */
function whomTo({ people, userId }: MessageState): readonly number[] {
  return people.length > 1 ? people.filter((person) => person !== userId) : people;
}

function listJson(list: readonly string[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list);
}

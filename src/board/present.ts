import type { Deleted, MessageState } from '../model/change.ts';
import type { Latest, Message } from '../model/message.ts';
import { oncePer } from '../model/once-per.ts';
import { cut } from '../model/text.ts';
import type { Topic } from '../model/topic.ts';
import type { Author, User } from '../model/user.ts';
import { peopleOf, topicsOf } from '../store/columns.ts';
import type { LatestColumns, SingleRow } from '../store/messages.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { TopicRow } from '../store/topics.ts';
import type { UserReads } from '../store/users.ts';
import { frozen } from './frozen.ts';
import type { People } from './people.ts';

/** How much of a thread's newest message its first one shows. */
const LATEST_LENGTH = 200;

export function userOf(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    bio: row.bio,
    created: timeOf(row.created),
    data: dataOf(row.data),
    moderator: row.moderator === 1,
  };
}

const authorOf = oncePer(
  (row: UserRow): Author =>
    Object.freeze({ id: row.id, username: row.username, bio: row.bio, created: timeOf(row.created) }),
);

/**
 * Turns what is stored into what is shown. That is shared by all who are shown it, a program that uses the library among
 * them, so it is frozen.
 */
export class Presenter {
  readonly #people: People;
  /** Of what was just committed; `null`: not made yet. */
  readonly #states = new WeakMap<MessageRow, MessageState | null>();

  constructor(people: People) {
    this.#people = people;
  }

  /** What was just committed is shown to its author and to all readers: it is made once, for all. */
  expect(rows: readonly MessageRow[]): void {
    for (const row of rows) this.#states.set(row, null);
  }

  /** @param users - whom to ask for their people, see {@link People.meet}. */
  async states(rows: readonly MessageRow[], users?: UserReads): Promise<MessageState[]> {
    await this.#people.meet(
      rows.flatMap((row) => [row.user_id, ...peopleOf(row)]),
      users,
    );
    return rows.map((row) => this.#state(row));
  }

  /** Of live ones. */
  async messages(rows: readonly MessageRow[]): Promise<Message[]> {
    await this.#people.meet(rows.flatMap((row) => [row.user_id, ...peopleOf(row)]));
    return rows.map((row) => this.#live(row));
  }

  async message(row: MessageRow): Promise<Message> {
    await this.#people.meet([row.user_id, ...peopleOf(row)]);
    return this.#live(row);
  }

  /** With how its thread stands, if it began one. */
  async single(row: SingleRow): Promise<Message> {
    const [message] = await this.singles([row]);
    return message ?? this.#live(row);
  }

  /** The same of many. */
  async singles(rows: readonly SingleRow[]): Promise<Message[]> {
    await this.#people.meet(
      rows.flatMap((row) => [
        row.user_id,
        ...peopleOf(row),
        ...(row.latest_user_id === null ? [] : [row.latest_user_id]),
      ]),
    );
    return rows.map((row) =>
      Object.freeze({
        ...this.#live(row),
        posts: row.latest_id === null ? null : row.posts,
        latest: this.#latest(row),
      }),
    );
  }

  async topics(rows: readonly TopicRow[]): Promise<Topic[]> {
    await this.#people.meet(rows.flatMap(({ latest_user_id }) => latest_user_id ?? []));
    return rows.flatMap((row) => {
      const latest = this.#latest(row);
      return latest ? { topic: row.topic, threads: row.threads, posts: row.posts, latest } : [];
    });
  }

  #latest(row: LatestColumns): Latest | null {
    if (row.latest_id === null || row.latest_user_id === null) return null;
    return Object.freeze({
      id: row.latest_id,
      text: cut(row.latest_text ?? '', LATEST_LENGTH),
      user: this.#author(row.latest_user_id),
      created: timeOf(row.latest_created ?? 0),
    });
  }

  #live(row: MessageRow): Message {
    const { message } = this.#state(row);
    if (!('text' in message)) throw new Error('a deleted message is not shown');
    return message;
  }

  #state(row: MessageRow): MessageState {
    const known = this.#states.get(row);
    if (known) return known;

    const people = peopleOf(row);
    const topics = topicsOf(row);
    const state = {
      id: row.id,
      seq: row.seq,
      deleted: row.deleted === 1,
      userId: row.user_id,
      topics,
      thread: row.thread,
      replyTo: row.reply_to === 0 ? null : row.reply_to,
      audience: row.audience,
      people,
      message: row.deleted === 1 ? this.#deleted(row, people, topics) : this.#message(row, people, topics),
    };
    if (known === null) this.#states.set(row, state);
    return state;
  }

  #message(row: MessageRow, people: readonly number[], topics: readonly string[]): Message {
    return Object.freeze({
      id: row.id,
      seq: row.seq,
      text: row.text,
      user: this.#author(row.user_id),
      created: timeOf(row.created),
      edited: row.edited === null ? null : timeOf(row.edited),
      topics: frozen([...topics]),
      replyTo: row.reply_to === 0 ? null : row.reply_to,
      thread: row.thread,
      replies: row.replies,
      to: this.#to(row, people),
      data: frozen(dataOf(row.data)),
      posts: null,
      latest: null,
    });
  }

  #deleted(row: MessageRow, people: readonly number[], topics: readonly string[]): Deleted {
    const { id, username } = this.#author(row.user_id);
    return Object.freeze({
      id: row.id,
      seq: row.seq,
      user: Object.freeze({ id, username }),
      topics,
      thread: row.thread,
      replyTo: row.reply_to === 0 ? null : row.reply_to,
      to: this.#to(row, people),
    });
  }

  /** The people of a private message but its author; of a note to oneself, oneself. */
  #to(row: MessageRow, people: readonly number[]): string[] {
    const others = people.length > 1 ? people.filter((person) => person !== row.user_id) : people;
    return frozen(others.map((person) => this.#author(person).username));
  }

  #author(id: number): Author {
    const row = this.#people.known(id);
    if (!row) throw new Error(`user ${id} has written a message, yet there is no such user`);
    return authorOf(row);
  }
}

const lastTime = { ms: Number.NaN, text: '' };

/** The messages of a batch are all of one time, so the last one that was put in words is mostly wanted again. */
export function timeOf(ms: number): string {
  if (ms !== lastTime.ms) Object.assign(lastTime, { ms, text: new Date(ms).toISOString() });
  return lastTime.text;
}

function dataOf(text: string | null): { [field: string]: unknown } | null {
  return text === null ? null : JSON.parse(text);
}

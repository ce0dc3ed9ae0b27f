import type { MessageState } from '../model/change.ts';
import type { Latest, Message } from '../model/message.ts';
import { cut } from '../model/text.ts';
import type { Topic } from '../model/topic.ts';
import type { User } from '../model/user.ts';
import { peopleOf } from '../store/columns.ts';
import type { LatestColumns, SingleRow } from '../store/messages.ts';
import type { MessageRow, UserRow } from '../store/schema.ts';
import type { TopicRow } from '../store/topics.ts';
import type { UserReads } from '../store/users.ts';
import type { People } from './people.ts';
import { authorOf, Shown } from './shown.ts';
import { dataOf, timeOf } from './stored-values.ts';

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

/** The same as whoever looks after others sees it. */
export function accountOf(row: UserRow): User {
  return { ...userOf(row), banned: row.banned === 1 };
}

/**
 * Turns what is stored into what is shown. That is shared by all who are shown it, a program that uses the library among
 * them, so it is frozen.
 */
export class Presenter {
  readonly #people: People;

  constructor(people: People) {
    this.#people = people;
  }

  /** @param users - whom to ask for their people, see {@link People.meet}. */
  async states(rows: readonly MessageRow[], users?: UserReads): Promise<MessageState[]> {
    await this.#people.meet(namedBy(rows), users);
    return rows.map((row) => new Shown(row, this.#known));
  }

  /** Of live ones. */
  async messages(rows: readonly MessageRow[]): Promise<Message[]> {
    await this.#people.meet(namedBy(rows));
    return rows.map((row) => this.#live(row));
  }

  async message(row: MessageRow): Promise<Message> {
    await this.#people.meet(namedBy([row]));
    return this.#live(row);
  }

  /** With how its thread stands, if it began one. */
  async single(row: SingleRow): Promise<Message> {
    const [message] = await this.singles([row]);
    return message ?? this.#live(row);
  }

  /** The same of many. */
  async singles(rows: readonly SingleRow[]): Promise<Message[]> {
    await this.#people.meet([...namedBy(rows), ...rows.flatMap(({ latest_user_id }) => latest_user_id ?? [])]);
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
      user: authorOf(this.#known(row.latest_user_id)),
      created: timeOf(row.latest_created ?? 0),
    });
  }

  #live(row: MessageRow): Message {
    const { message } = new Shown(row, this.#known);
    if (!('text' in message)) throw new Error('a deleted message is not shown');
    return message;
  }

  readonly #known = (id: number): UserRow => {
    const row = this.#people.known(id);
    if (!row) throw new Error(`user ${id} has written a message, yet there is no such user`);
    return row;
  };
}

/** The authors of messages, and whom they are for. */
function namedBy(rows: readonly MessageRow[]): Set<number> {
  const ids = new Set<number>();
  for (const row of rows) {
    ids.add(row.user_id);
    for (const person of peopleOf(row)) ids.add(person);
  }
  return ids;
}

import { Kysely, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import type { Dialect } from './dialects/dialect.ts';
import { type MessageReads, messageReads } from './messages.ts';
import { migrate } from './migrate.ts';
import type { Db, Tables } from './schema.ts';
import { type ThreadReads, threadReads } from './threads.ts';
import { type TopicReads, topicReads } from './topics.ts';
import { type UserReads, userReads } from './users.ts';
import { type Commit, type Write, Writer } from './writer.ts';

export interface Reads {
  readonly messages: MessageReads;
  readonly threads: ThreadReads;
  readonly topics: TopicReads;
  readonly users: UserReads;
}

interface StoreOptions {
  readonly dialect: Dialect;
  /** Names the board's history, if it begins now. */
  readonly epoch: string;
  /** Hears of each of this process's commits, in order, before their writers do. */
  readonly onCommit: (commit: Commit) => void;
}

/** A board's database. */
export class Store implements Reads {
  readonly messages: MessageReads;
  readonly threads: ThreadReads;
  readonly topics: TopicReads;
  readonly users: UserReads;
  readonly #dialect: Dialect;
  readonly #writing: Db;
  readonly #reading: Db;
  readonly #writer: Writer;
  readonly #readsOn: (db: Db) => Reads;

  private constructor({ dialect, onCommit }: StoreOptions, writing: Db) {
    this.#dialect = dialect;
    this.#writing = writing;
    this.#reading = dialect.reading ? new Kysely<Tables>({ dialect: dialect.reading }) : writing;
    this.#writer = new Writer(writing, dialect.isOutage, onCommit);

    this.#readsOn = readsFor(this.#reading);
    ({
      messages: this.messages,
      threads: this.threads,
      topics: this.topics,
      users: this.users,
    } = this.#readsOn(this.#reading));
  }

  /** Opens the database and brings its schema up to date. */
  static async open(options: StoreOptions): Promise<Store> {
    const writing = new Kysely<Tables>({ dialect: options.dialect.writing });
    try {
      await migrate(writing, options.dialect, options.epoch);
      return new Store(options, writing);
    } catch (error) {
      await writing.destroy();
      throw error;
    }
  }

  get description(): string {
    return this.#dialect.description;
  }

  /** How often (ms) to ask {@link commitMark}. */
  get lookEvery(): number {
    return this.#dialect.lookEvery;
  }

  /** A number that is another one once another process has committed. */
  async commitMark(): Promise<number> {
    return this.#dialect.commitMark ? this.#dialect.commitMark(this.#writing) : 0;
  }

  async clock(): Promise<Clock> {
    const { seq, epoch, horizon } = await this.#reading.selectFrom('clock').selectAll().executeTakeFirstOrThrow();
    return { seq, epoch, horizon };
  }

  write<Result>(write: Write<Result>): Promise<Result> {
    return this.#writer.submit(write);
  }

  /** Runs `read` with reads that are all of one moment. Hold it no longer than a few pages take. */
  snapshot<Result>(read: (reads: Reads) => Promise<Result>): Promise<Result> {
    return this.#reading.transaction().execute((db) => read(this.#readsOn(db)));
  }

  async ping(): Promise<void> {
    await sql`select 1`.execute(this.#reading);
  }

  /** Resolves once all that was submitted is committed. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }

  async close(): Promise<void> {
    if (this.#reading !== this.#writing) await this.#reading.destroy();
    await this.#writing.destroy();
  }
}

function readsFor(on: Db): (db: Db) => Reads {
  const [messages, threads, topics, users] = [messageReads(on), threadReads(on), topicReads(on), userReads(on)];
  return (db) => ({ messages: messages(db), threads: threads(db), topics: topics(db), users: users(db) });
}

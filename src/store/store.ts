import { type Driver, Kysely, type Dialect as KyselyDialect, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import type { Measure } from '../model/measure.ts';
import { batchSql } from './batch-sql.ts';
import { clockSql } from './clock.ts';
import { CommitLog } from './commit-log.ts';
import type { Dialect, Watch } from './dialects/dialect.ts';
import type { Language } from './dialects/languages/language.ts';
import { Eraser } from './eraser.ts';
import { type MessageReads, messageReads } from './messages.ts';
import { migrate } from './migrate.ts';
import { isOutage, withOutages } from './outage.ts';
import type { Db, Tables } from './schema.ts';
import { type SessionReads, sessionReads } from './sessions.ts';
import { type ThreadReads, threadReads } from './threads.ts';
import { type TopicReads, topicReads } from './topics.ts';
import { type Transact, transactions } from './transaction.ts';
import { type UserReads, userReads } from './users.ts';
import { type Commit, type Write, Writer } from './writer.ts';

export interface Reads {
  readonly messages: MessageReads;
  readonly threads: ThreadReads;
  readonly topics: TopicReads;
  readonly users: UserReads;
  readonly sessions: SessionReads;
}

interface StoreOptions {
  readonly dialect: Dialect;
  /** Names the board's history, if it begins now. */
  readonly epoch: string;
  /** Hears of each of this process's commits, in order, before their writers do. */
  readonly onCommit: (commit: Commit) => void;
  readonly onMeasure?: (measure: Measure) => void;
  /** Hears of settings of the database that the operator should know of. */
  readonly onWarning: (sentence: string) => void;
  /** Tells the time, in ms since 1970. */
  readonly now: () => number;
  /** Hears of what fails without anybody waiting for it. It is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** A board's database. */
export class Store implements Reads {
  readonly messages: MessageReads;
  readonly threads: ThreadReads;
  readonly topics: TopicReads;
  readonly users: UserReads;
  readonly sessions: SessionReads;
  readonly #dialect: Dialect;
  readonly #writing: Db;
  readonly #reading: Db;
  readonly #writer: Writer;
  readonly #eraser: Eraser | null;
  readonly #watch: Watch | null;
  readonly #readsOn: (db: Db) => Reads;

  private constructor(
    { dialect, onCommit, onMeasure = () => {}, onFault, now }: StoreOptions,
    writing: Db,
    transact: Transact,
  ) {
    this.#dialect = dialect;
    this.#writing = writing;
    this.#reading = dialect.reading ? kysely(dialect.reading, dialect.language).db : writing;
    const clock = clockSql(writing, dialect.language);
    const log = dialect.isRemote ? new CommitLog(writing, transact, clock) : null;
    const { erase } = dialect;
    this.#eraser = erase && new Eraser(() => erase(writing), onFault);
    // An earlier process may have ended before it was done.
    this.#eraser?.note();
    const heard = (commit: Commit) => {
      onCommit(commit);
      if (hasOverwritten(commit)) this.#eraser?.note();
    };
    const sql = batchSql(writing, dialect.language, clock);
    this.#writer = new Writer({ transact, sql, log, onCommit: heard, onMeasure, now });

    this.#watch = dialect.openWatch?.() ?? null;
    this.#readsOn = readsFor(this.#reading, dialect.language);
    ({
      messages: this.messages,
      threads: this.threads,
      topics: this.topics,
      users: this.users,
      sessions: this.sessions,
    } = this.#readsOn(this.#reading));
  }

  /** Opens the database and brings its schema up to date. */
  static async open(options: StoreOptions): Promise<Store> {
    const { dialect } = options;
    const { db: writing, driver } = kysely(dialect.writing, dialect.language);
    try {
      for (const sentence of await dialect.language.check(writing)) options.onWarning(sentence);
      await migrate(writing, dialect, options.epoch);
      return new Store(options, writing, transactions(driver, dialect.pipelines));
    } catch (error) {
      await writing.destroy();
      // Nobody waits for an answer yet: what the operator needs is the reason.
      throw isOutage(error) && error.cause !== undefined ? error.cause : error;
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
  async commitMark(): Promise<number | string> {
    return this.#dialect.commitMark?.({ writing: this.#writing, reading: this.#reading }) ?? 0;
  }

  /** Tells at once by another number that anybody has committed; `null`: that cannot be told without asking. */
  get instantMark(): (() => number) | null {
    const watch = this.#watch;
    return watch && (() => watch.mark());
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
    await this.#eraser?.stop();
    this.#watch?.close();
    if (this.#reading !== this.#writing) await this.#reading.destroy();
    await this.#writing.destroy();
  }
}

function readsFor(on: Db, language: Language): (db: Db) => Reads {
  const [messages, threads, topics] = [messageReads(on, language), threadReads(on, language), topicReads(on, language)];
  const [users, sessions] = [userReads(on, language), sessionReads(on, language)];
  return (db) => ({
    messages: messages(db),
    threads: threads(db),
    topics: topics(db),
    users: users(db),
    sessions: sessions(db),
  });
}

function kysely(on: KyselyDialect, { isOutage }: Language): { readonly db: Db; readonly driver: Driver } {
  const dialect = withOutages(on, isOutage);
  return { db: new Kysely<Tables>({ dialect }), driver: dialect.driver };
}

/** Whether it leaves behind what nobody may read any more: texts before an edit or a deletion, or what an account was. */
function hasOverwritten({ messages, users }: Commit): boolean {
  return users.length > 0 || messages.some(({ id, seq }) => seq !== id);
}

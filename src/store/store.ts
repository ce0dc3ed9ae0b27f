import { type Driver, Kysely, type Dialect as KyselyDialect, sql } from 'kysely';
import type { Clock } from '../model/cursor.ts';
import { BoardError } from '../model/errors.ts';
import type { Measure } from '../model/measure.ts';
import { batchSql } from './batch-sql.ts';
import { type ClockSql, clockSql, isBeingFilled } from './clock.ts';
import { CommitLog } from './commit-log.ts';
import { Committer } from './committer.ts';
import type { Dialect, Watch } from './dialects/dialect.ts';
import type { Language } from './dialects/languages/language.ts';
import { Eraser } from './eraser.ts';
import { Foresight } from './foresight.ts';
import { type MessageReads, messageReads } from './messages.ts';
import { migrate, type Schema, schemaOf } from './migrate.ts';
import { isOutage, withOutages } from './outage.ts';
import { type PruningReads, pruningReads } from './pruning.ts';
import type { Db, Tables } from './schema.ts';
import { type SessionReads, sessionReads } from './sessions.ts';
import { type ThreadReads, threadReads } from './threads.ts';
import { type TopicReads, topicReads } from './topics.ts';
import { type Transact, transactions } from './transaction.ts';
import { type UserReads, userReads } from './users.ts';
import { type WholeReads, wholeReads } from './whole.ts';
import type { Commit, Write } from './write.ts';
import { Writer } from './writer.ts';

export interface Reads {
  readonly messages: MessageReads;
  readonly threads: ThreadReads;
  readonly topics: TopicReads;
  readonly users: UserReads;
  readonly sessions: SessionReads;
}

interface StoreOptions {
  readonly dialect: Dialect;
  /** Names the board's history, if it begins now; `null`: there is one already. */
  readonly epoch: string | null;
  /** Whether it is opened although it has only been imported in part. Default: `false`. */
  readonly mayBeFilled?: boolean;
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
  readonly #clock: ClockSql;
  readonly #writer: Writer;
  readonly #eraser: Eraser | null;
  readonly #watch: Watch | null;
  readonly #readsOn: (db: Db) => Reads;
  readonly #wholeOn: (db: Db) => WholeReads;
  /** What may be forgotten. */
  readonly old: PruningReads;

  private constructor(
    { dialect, onCommit, onMeasure = () => {}, onFault, now }: StoreOptions,
    writing: Db,
    transact: Transact,
    storesHead: boolean,
    foresight: Foresight | null,
    mayChain: boolean,
  ) {
    this.#dialect = dialect;
    this.#writing = writing;
    this.#reading = dialect.reading ? kysely(dialect.reading, dialect.language, onMeasure).db : writing;
    this.#clock = clockSql(writing, dialect.language);
    const log = dialect.isRemote ? new CommitLog(writing, transact, this.#clock) : null;
    const { erase } = dialect;
    this.#eraser = erase && new Eraser(() => erase(writing), onFault);
    const heard = (commit: Commit) => {
      onCommit(commit);
      if (hasOverwritten(commit)) this.#eraser?.note();
    };
    const sql = batchSql(writing, dialect.language, this.#clock, storesHead);
    const committer = new Committer({ transact, sql, log, foresight, mayChain, now });
    this.#writer = new Writer({ committer, isElsewhere: dialect.isRemote, onCommit: heard, onMeasure });

    this.#watch = dialect.openWatch?.() ?? null;
    this.old = pruningReads(this.#reading, dialect.language);
    this.#wholeOn = wholeReads(this.#reading, dialect.language);
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
    const { db: writing, driver } = kysely(dialect.writing, dialect.language, options.onMeasure ?? (() => {}));
    try {
      for (const sentence of await dialect.language.check(writing)) options.onWarning(sentence);
      await migrate(writing, dialect, options.epoch);
      const clock = clockSql(writing, dialect.language);
      await checkFilled(clock, writing, options);
      // An earlier process may have ended before it had erased; or after a sync that failed, of which the system then says
      // that it is done, so that what is found in the log need not be on the disk. It is written anew, ahead of all else.
      const isErased = (await dialect.erase?.(writing)) ?? true;
      const storesHead = (await dialect.language.heads?.areStored(writing)) ?? true;
      const foresight = dialect.pipelines && (await clock.canExpect(writing)) ? new Foresight() : null;
      const transact = transactions(driver, dialect.pipelines);
      const mayChain = foresight !== null && (await dialect.chains(writing));
      const store = new Store(options, writing, transact, storesHead, foresight, mayChain);
      if (!isErased) store.#eraser?.note();
      return store;
    } catch (error) {
      await writing.destroy();
      // Nobody waits for an answer yet: what the operator needs is the reason.
      throw isOutage(error) && error.cause !== undefined ? error.cause : error;
    }
  }

  /** Looks at a database's schema, and leaves it as it is. */
  static async schema(dialect: Dialect): Promise<Schema> {
    const { db } = kysely(dialect.writing, dialect.language, () => {});
    try {
      return await schemaOf(db, dialect);
    } finally {
      await db.destroy();
    }
  }

  get description(): string {
    return this.#dialect.description;
  }

  /** How often (ms) to ask {@link commitMark}. */
  get lookEvery(): number {
    return this.#dialect.lookEvery;
  }

  /**
   * A mark that is another one once another process has committed, or a server has lost a commit.
   *
   * @param told - the cursor up to which this process has told what there is.
   */
  async commitMark(told: string): Promise<number | string> {
    return this.#dialect.commitMark?.({ writing: this.#writing, clock: () => this.clock(), told }) ?? 0;
  }

  /** Tells at once by another number that anybody has committed; `null`: that cannot be told without asking. */
  get instantMark(): (() => number) | null {
    const watch = this.#watch;
    return watch && (() => watch.mark());
  }

  clock(): Promise<Clock> {
    return this.#clock.read(this.#reading);
  }

  write<Result>(write: Write<Result>): Promise<Result> {
    return this.#writer.submit(write);
  }

  /** Runs `read` with reads that are all of one moment. Hold it no longer than a few pages take. */
  snapshot<Result>(read: (reads: Reads) => Promise<Result>): Promise<Result> {
    return this.#reading.transaction().execute((db) => read(this.#readsOn(db)));
  }

  /** Runs `read` with the whole board as it is at one moment, for as long as it takes. */
  whole<Result>(read: (board: WholeReads) => Promise<Result>): Promise<Result> {
    return this.#reading.transaction().execute(async (db) => {
      await this.#dialect.language.letRest?.execute(db);
      return read(this.#wholeOn(db));
    });
  }

  /** The time by the database's own clock, in ms since 1970; `null`: it has none but this machine's. */
  async time(): Promise<number | null> {
    const { time } = this.#dialect.language;
    if (!time) return null;
    const { rows } = await sql<{ time: number }>`select ${time} as ${sql.ref('time')}`.execute(this.#reading);
    return Number(rows[0]?.time);
  }

  async ping(): Promise<void> {
    await this.clock();
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

/** @throws BoardError `unavailable` if a part of the board is still missing. */
async function checkFilled(clock: ClockSql, db: Db, { mayBeFilled = false, dialect }: StoreOptions): Promise<void> {
  if (mayBeFilled || !isBeingFilled((await clock.read(db)).epoch)) return;
  throw new BoardError(
    'unavailable',
    `The board in ${dialect.description} is only imported in part. Run msgboard import again: it goes on where it was.`,
  );
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

function kysely(
  on: KyselyDialect,
  { isOutage }: Language,
  onMeasure: (measure: Measure) => void,
): { readonly db: Db; readonly driver: Driver } {
  const dialect = withOutages(on, isOutage, onMeasure);
  return { db: new Kysely<Tables>({ dialect }), driver: dialect.driver };
}

/** Whether it leaves behind what nobody may read any more: texts before an edit or a deletion, or what an account was. */
function hasOverwritten({ messages, users }: Commit): boolean {
  return users.length > 0 || messages.some(({ id, seq }) => seq !== id);
}

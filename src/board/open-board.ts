import { Doorbell } from '../feed/doorbells/doorbell.ts';
import { pollingDoorbell } from '../feed/doorbells/polling.ts';
import { ndjson, sse } from '../feed/formats.ts';
import { Hub } from '../feed/hub.ts';
import type { ReadStretch } from '../feed/reading.ts';
import type { Commit } from '../feed/stretch.ts';
import type { Board } from '../model/board.ts';
import { badInput } from '../model/errors.ts';
import type { Measure } from '../model/measure.ts';
import { type Reads, Store } from '../store/store.ts';
import type { Commit as Committed } from '../store/write.ts';
import { Account, OPERATOR } from './account.ts';
import { bellLine } from './bell.ts';
import { checkOptions } from './check-options.ts';
import { checkThere, type Database, databaseOf } from './database-url.ts';
import { Departures } from './departures.ts';
import { doorsOf } from './doors.ts';
import { headOf } from './head.ts';
import { beginHistory, newEpoch } from './history.ts';
import { type Hooks, harmless } from './hooks.ts';
import { BoardClient } from './local-client.ts';
import type { Parts, Rules } from './parts.ts';
import { Passwords } from './passwords.ts';
import { People } from './people.ts';
import { Presenter } from './present.ts';
import { RecentAnswers } from './recent-answers.ts';
import { Sessions } from './sessions.ts';
import { isSame } from './tokens.ts';
import { UnderWay } from './under-way.ts';

export interface BoardOptions extends Hooks {
  /** Whether a board is begun where there is none; `false`: that is an Error. Default: `true`. */
  readonly create?: boolean;
  /**
   * How other processes on the same database are told to look: `postgres`, `redis://…`, `nats://…`, or `poll`, by which each
   * looks every second. Default: `auto`, PostgreSQL's own on PostgreSQL, else `poll`.
   */
  readonly bell?: string;
  /** Hears of faults that no caller is told of, such as the failed read of a stream. Default: a warning of the process. */
  readonly onFault?: (error: unknown) => void;
  /** Hears of settings of the database that its operator should know of, in sentences. Default: likewise. */
  readonly onWarning?: (sentence: string) => void;
  /** Hears of what may be worth counting, at once: it must not take long. */
  readonly onMeasure?: (measure: Measure) => void;
  /** Who may sign up; `closed`: only the operator makes accounts. Default: `open`. */
  readonly signup?: Rules['signup'];
  /** Who may read what is public; `members`: whoever has an account. Default: `everyone`. */
  readonly read?: Rules['read'];
  /** The secret of the operator, at least 16 characters of ASCII without spaces. Default: over HTTP there is no operator. */
  readonly operatorToken?: string;
  /** Tells the time, in ms since 1970. Default: `Date.now`. */
  readonly now?: () => number;
}

const CHOICES = {
  create: null,
  bell: null,
  onFault: null,
  onWarning: null,
  onMeasure: null,
  signup: ['open', 'closed'],
  read: ['everyone', 'members'],
  operatorToken: null,
  now: null,
  beforePost: null,
  beforeEdit: null,
  onChange: null,
} as const;

/**
 * Opens a board, and creates its tables where there are none.
 *
 * @param database - `sqlite:FILE`, `sqlite::memory:` for a board that ends with the process, or
 *   `postgres://USER:PASSWORD@HOST/DATABASE`, and so with `mysql:` and `mariadb:`; or `{ dialect }`, any other of Kysely's.
 * @throws BoardError `bad-input` for another URL or dialect, an option that is none, or a weak `operatorToken`; Error if the database cannot be opened or its
 *   schema is newer.
 */
export async function openBoard(database: Database, options: BoardOptions = {}): Promise<Board> {
  const {
    create = true,
    onFault = warn,
    onWarning = warn,
    onChange,
    signup = 'open',
    read = 'everyone',
    operatorToken,
    now = Date.now,
  } = options;
  checkOptions<BoardOptions>(options, CHOICES);
  if (operatorToken !== undefined && !/^[\x21-\x7e]{16,}$/.test(operatorToken)) {
    throw badInput('operatorToken', "the operator's token must have at least 16 characters, of ASCII without spaces");
  }
  const onMeasure = harmless(options.onMeasure ?? (() => {}), onFault);
  if (!create) checkThere(database);
  const line = await bellLine(options.bell ?? 'auto', database);
  const store = await Store.open({
    dialect: await databaseOf(database),
    epoch: create ? newEpoch() : null,
    onCommit: (commit) => handOver(commit),
    onMeasure,
    onWarning,
    now,
    onFault,
  });
  // Ahead of all that would have to be stopped again: from here on nothing fails.
  const { clock, leaving } = await beginningOf(store).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const people = new People(store.users);
  const sessions = new Sessions({ store, people, now, onFault });
  const presenter = new Presenter(people);
  const recent = new RecentAnswers(store.instantMark);

  const readOf =
    (reads: Reads): ReadStretch =>
    async (place, limit, who) => {
      const { clock, rows, end } = await reads.messages.changes(place, limit, who);
      return { clock, states: await presenter.states(rows, reads.users), end };
    };
  const hub = new Hub({
    clock,
    head: headOf(store),
    read: readOf(store),
    snapshot: (body) =>
      store.snapshot((reads) =>
        body({
          read: readOf(reads),
          async changedAccounts(since) {
            const rows = await reads.users.changedSince(since);
            people.learn(rows);
            recent.forget();
            return rows.map(({ id }) => id);
          },
        }),
      ),
    onOtherHistory: () => {
      people.clear();
      sessions.clear();
      recent.forget();
    },
    onLostCommits: (epoch) => store.write(beginHistory(epoch, newEpoch())),
    onMeasure,
    // With a copy of its own, as what changed goes to all readers too. (A measure goes to nobody else.)
    onChange: onChange && harmless((change) => onChange(structuredClone(change)), onFault),
    onFault,
    now,
  });
  const departures = new Departures(store, onFault);
  const look = () => hub.look();
  const polling = pollingDoorbell(() => store.commitMark(hub.cursor), store.lookEvery, look, onFault);
  const onTrouble = (sentence: string, isInOrder: boolean) => {
    onWarning(sentence);
    onMeasure({ kind: 'bell', isInOrder });
  };
  const doorbell = line && new Doorbell(line, { onRing: look, onTrouble });

  // Presenting may have to ask the database, so commits queue to be handed over in their order.
  let handing = Promise.resolve();
  const handOver = (commit: Committed) => {
    // Before anybody is answered: who has changed their account sees it changed.
    people.learn(commit.users);
    doorbell?.ring();
    recent.forget();
    handing = handing.then(async () => hub.hand(await present(commit, presenter))).catch(() => hub.look());
  };

  departures.resume(leaving);

  const rules = { signup, read };
  const passwords = new Passwords();
  const underWay = new UnderWay();
  const parts: Parts = {
    store,
    hub,
    people,
    presenter,
    recent,
    passwords,
    sessions,
    departures,
    rules,
    hooks: options,
    underWay,
  };
  const nobody = new BoardClient(parts, new Account(parts, null));
  const end = async () => {
    polling.stop();
    sessions.stop();
    // Who leaves is not waited for: it goes on when the board is back.
    const departed = departures.stop();
    await underWay.close();
    await departed;
    await store.settled();
    await handing;
    await doorbell?.stop();
    await hub.close();
    await store.close();
  };
  let ended: Promise<void> | null = null;
  return {
    as: (who) => (who === undefined ? nobody : new BoardClient(parts, new Account(parts, who))),
    ...underWay.counted(doorsOf(parts, onMeasure)),
    asOperator: () => new BoardClient(parts, new Account(parts, OPERATOR)),
    isOperator: (token) => operatorToken !== undefined && isSame(token, operatorToken),
    encode: (events, format) => (format === 'sse' ? sse : ndjson).encode(events),
    get openStreams() {
      return hub.size;
    },
    description: store.description,
    async isReady() {
      return store.ping().then(
        () => true,
        () => false,
      );
    },
    async endStreams() {
      // Whoever waits for one is answered; to wait for what is on its way to the database is for the board's own end.
      void departures.stop();
      await hub.close();
    },
    get isClosed() {
      return underWay.isClosed;
    },
    close() {
      ended ??= end();
      return ended;
    },
  };
}

/** One after the other, so that one connection is enough. */
async function beginningOf(store: Store) {
  return { clock: await store.clock(), leaving: await store.users.leaving() };
}

async function present(commit: Committed, presenter: Presenter): Promise<Commit> {
  const { from, to, epoch, horizon, messages, users, quiet } = commit;
  return {
    from,
    accounts: users.map(({ id }) => id),
    quiet,
    clock: { seq: to, epoch, horizon },
    states: await presenter.states(messages),
    end: { id: to, seq: to },
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

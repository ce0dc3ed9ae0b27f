import { randomInt } from 'node:crypto';
import { pollingDoorbell } from '../feed/doorbells/polling.ts';
import { ndjson, sse } from '../feed/formats.ts';
import { Hub } from '../feed/hub.ts';
import type { ReadStretch } from '../feed/reading.ts';
import type { Commit } from '../feed/stretch.ts';
import type { Board } from '../model/board.ts';
import { BoardError } from '../model/errors.ts';
import { type Reads, Store } from '../store/store.ts';
import type { Commit as Committed } from '../store/writer.ts';
import { Account, OPERATOR, type Proof } from './account.ts';
import { databaseOf } from './database-url.ts';
import { Departures } from './departures.ts';
import { BoardClient } from './local-client.ts';
import type { Parts } from './parts.ts';
import { Passwords } from './passwords.ts';
import { People } from './people.ts';
import { Presenter } from './present.ts';

export interface BoardOptions {
  /** Hears of faults that no caller is told of, such as the failed read of a stream. Default: a warning of the process. */
  readonly onFault?: (error: unknown) => void;
  /** Hears of settings of the database that its operator should know of, in sentences. Default: likewise. */
  readonly onWarning?: (sentence: string) => void;
}

/**
 * Opens a board, and creates its tables where there are none.
 *
 * @param url - `sqlite:FILE`, `sqlite::memory:` for a board that ends with the process, or
 *   `postgres://USER:PASSWORD@HOST/DATABASE`, and so with `mysql:` and `mariadb:`.
 * @throws BoardError `bad-input` for another URL; Error if the database cannot be opened or its schema is newer.
 */
export async function openBoard(url: string, { onFault = warn, onWarning = warn }: BoardOptions = {}): Promise<Board> {
  const store = await Store.open({
    dialect: await databaseOf(url),
    epoch: newEpoch(),
    onCommit: (commit) => handOver(commit),
    onWarning,
  });
  const people = new People(store.users);
  const presenter = new Presenter(people);

  const readOf =
    (reads: Reads): ReadStretch =>
    async (place, limit, who) => {
      const { clock, rows, end } = await reads.messages.changes(place, limit, who);
      return { clock, states: await presenter.states(rows), end };
    };
  const hub = new Hub({
    clock: await store.clock(),
    read: readOf(store),
    snapshot: (body) =>
      store.snapshot((reads) =>
        body({
          read: readOf(reads),
          async changedAccounts(since) {
            const rows = await reads.users.changedSince(since);
            people.learn(rows);
            return rows.map(({ id }) => id);
          },
        }),
      ),
    onOtherHistory: () => people.clear(),
    onFault,
  });
  const departures = new Departures(store, onFault);
  await departures.resume();
  const bell = pollingDoorbell(
    () => store.commitMark(),
    store.lookEvery,
    () => hub.look(),
    onFault,
  );

  // Presenting may have to ask the database, so commits queue to be handed over in their order.
  let handing = Promise.resolve();
  const handOver = (commit: Committed) => {
    // Before anybody is answered: who has changed their account sees it changed.
    people.learn(commit.users);
    handing = handing.then(async () => hub.hand(await present(commit, presenter))).catch(() => hub.look());
  };

  const parts: Parts = { store, hub, people, presenter, passwords: new Passwords(), departures };
  return {
    as: (who) => new BoardClient(parts, new Account(people, who ?? null)),
    logIn: (username, password) => logIn(parts, username, password),
    asOperator: () => new BoardClient(parts, new Account(people, OPERATOR)),
    encode: (events, format) => (format === 'sse' ? sse : ndjson).encode(events),
    description: store.description,
    async isReady() {
      return store.ping().then(
        () => true,
        () => false,
      );
    },
    async endStreams() {
      await Promise.all([departures.stop(), hub.close()]);
    },
    async close() {
      bell.stop();
      await departures.stop();
      await store.settled();
      await handing;
      await hub.close();
      await store.close();
    },
  };
}

async function logIn({ people, passwords, ...parts }: Parts, username: string, password: string): Promise<BoardClient> {
  const row = await people.byName(username);
  const isRight = await passwords.check(username, password, row?.password_hash ?? null);
  if (!row || !isRight) throw new BoardError('unauthorized', 'There is no user with this name and password.');
  const proof: Proof = ({ password_hash }) => password_hash === row.password_hash;
  const account = new Account(people, row.id, proof);
  await account.user();
  return new BoardClient({ people, passwords, ...parts }, account);
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

/** Four characters tell one history of a board from another. */
function newEpoch(): string {
  return randomInt(36 ** 3, 36 ** 4).toString(36);
}

import { hash } from 'node:crypto';
import { BoardError, badInput } from '../model/errors.ts';
import type { UnplacedMessage } from '../store/batch-work.ts';
import { peopleOf, topicsOf } from '../store/columns.ts';
import type { UserRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Write } from '../store/write.ts';
import { type Header, readHeader, readMessage, readUser, typeOf } from './lines.ts';
import type { Line } from './read-lines.ts';
import { at, beginFilling, endFilling, type Restored, restoreMessages, restoreUsers } from './restoring.ts';

/**
 * At most so much shares a transaction: lines, bytes about, and entries in lists by topic and by person. Nobody waits for the clock, and
 * pages of indexes that many of them touch are written once.
 */
const MOST_ROWS = 10_000;
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_ENTRIES = 100_000;

export interface Imported {
  readonly users: number;
  readonly messages: number;
}

interface ImportOptions {
  /** Hears how many accounts and messages are there, and how many there will be. */
  readonly onProgress: (done: number, total: number) => void;
  /** Hears how many were there already, from an import that was interrupted. */
  readonly onResume: (done: number) => void;
}

/**
 * Fills an empty board with what another was exported as. What was interrupted goes on where it was, when the same lines are
 * given again.
 *
 * @throws BoardError `bad-input`, naming the line, if one is not as the board would have taken it, or some are missing: what
 *   was committed before stays, and the import is not done. `taken`: the board is not empty.
 */
export async function importBoard(
  store: Store,
  parts: AsyncIterable<readonly Line[]>,
  { onProgress, onResume }: ImportOptions,
): Promise<Imported> {
  let filling: Filling | null = null;
  for await (const part of parts) {
    let rest = part;
    if (filling === null) {
      const [first] = part;
      if (!first) continue;
      const header = at(first.where, () => readHeader(first.value));
      filling = await Filling.begin(store, header, onProgress);
      if (filling.found > 0) onResume(filling.found);
      rest = part.slice(1);
    }
    for (const line of rest) await filling.add(line);
  }
  if (!filling) throw badInput('line 1', 'is missing: there is nothing to import');
  return filling.end();
}

class Filling {
  readonly #store: Store;
  readonly #header: Header;
  readonly #onProgress: (done: number, total: number) => void;
  /** What an earlier import has done. */
  readonly #reached: { readonly user: number; readonly message: number };
  readonly #seen = { users: 0, messages: 0 };
  readonly found: number;
  #last = { type: 'user', id: 0 };
  #users: Restored<UserRow>[] = [];
  #messages: Restored<UnplacedMessage>[] = [];
  #bytes = 0;
  #entries = 0;
  /** The transaction that is under way while lines are read for the next one. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    store: Store,
    header: Header,
    reached: { readonly user: number; readonly message: number },
    found: number,
    onProgress: (done: number, total: number) => void,
  ) {
    this.#store = store;
    this.#header = header;
    this.#reached = reached;
    this.found = found;
    this.#onProgress = onProgress;
  }

  static async begin(
    store: Store,
    header: Header,
    onProgress: (done: number, total: number) => void,
  ): Promise<Filling> {
    await store.write(beginFilling(hash('sha256', JSON.stringify(header), 'hex').slice(0, 12)));
    const [reached, { users, messages }] = await store.whole(
      async (board) => [await board.reached(), await board.extent('all')] as const,
    );
    return new Filling(store, header, reached, users + messages, onProgress);
  }

  /** Takes a line; what is full is written. */
  async add({ where, value }: Line): Promise<void> {
    const type = typeOf(value);
    if (type === 'user') {
      const row = at(where, () => this.#inOrder(readUser(value, this.#header), 'user'));
      this.#seen.users += 1;
      if (row.id > this.#reached.user) this.#users.push({ where, row });
    } else if (type === 'message') {
      const row = at(where, () => this.#inOrder(readMessage(value, this.#header), 'message'));
      this.#seen.messages += 1;
      if (row.id <= this.#reached.message) return;
      if (this.#users.length > 0) await this.#flush();
      this.#messages.push({ where, row });
      this.#entries += (1 + topicsOf(row).length) * Math.max(1, peopleOf(row).length);
      this.#bytes += row.text.length * 2 + (row.data?.length ?? 0);
    } else {
      at(where, () => {
        throw badInput('type', 'must be one of user, message');
      });
    }
    const isFull =
      this.#users.length + this.#messages.length >= MOST_ROWS ||
      this.#bytes >= MOST_BYTES ||
      this.#entries >= MOST_ENTRIES;
    if (isFull) await this.#flush();
  }

  /** @throws BoardError `bad-input` if there is less, or more, than the header says. */
  async end(): Promise<Imported> {
    await this.#flush();
    await this.#writing;
    for (const kind of ['users', 'messages'] as const) {
      const [seen, wanted] = [this.#seen[kind], this.#header[kind]];
      if (seen === wanted) continue;
      throw new BoardError(
        'bad-input',
        `There are ${seen} ${kind}, but the header names ${wanted}. Is this the whole of it? Import it again as it was exported; it goes on from here.`,
      );
    }
    await this.#store.write(endFilling(this.#header));
    return this.#seen;
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const [users, messages] = [this.#users, this.#messages];
    const write = users.length > 0 ? restoreUsers(users) : restoreMessages(messages, this.#bytes);
    this.#users = [];
    this.#messages = [];
    this.#bytes = 0;
    this.#entries = 0;
    this.#writing = this.#write(write);
    // Whoever waits for it is told.
    this.#writing.catch(() => {});
  }

  async #write(write: Write<void>): Promise<void> {
    if (write.rows === 0) return;
    await this.#store.write(write);
    this.#onProgress(this.#seen.users + this.#seen.messages, this.#header.users + this.#header.messages);
  }

  /** First the accounts, then the messages, by id. */
  #inOrder<Row extends { readonly id: number }>(row: Row, type: 'user' | 'message'): Row {
    const isBehind = type === this.#last.type ? row.id > this.#last.id : type === 'message';
    if (!isBehind) throw badInput('id', 'is out of order: accounts come first, then messages, each by id');
    this.#last = { type, id: row.id };
    return row;
  }
}

import { peopleOf } from './columns.ts';
import { type MessageRow, PART, type ThreadRow } from './schema.ts';

/** A thread that gained or lost messages. */
export interface TouchedThread {
  readonly row: ThreadRow;
  readonly people: readonly number[];
  /** As it was; `null`: there was none. */
  readonly before: { readonly posts: number; readonly latest: number } | null;
  /** Its row in the table: of a message that is alone there is none. */
  standing: 'none' | 'new' | 'stored';
  /** Its latest message is gone, so that only the database knows which one is now. */
  lostLatest: boolean;
}

/** The threads that a batch looks at, as they are with its own messages in them. */
export class BatchThreads {
  /** Those that have a row in the table, or get one. */
  readonly rows = new Map<number, ThreadRow>();
  readonly touched = new Map<number, TouchedThread>();
  /** Messages that are no longer alone in theirs. */
  readonly followed = new Set<number>();
  readonly #messages: ReadonlyMap<number, MessageRow>;

  /** @param messages - those of the batch, as they are. */
  constructor(messages: ReadonlyMap<number, MessageRow>) {
    this.#messages = messages;
  }

  know(row: ThreadRow): void {
    this.rows.set(row.id, row);
  }

  /** How a thread stands. */
  get(id: number): ThreadRow | undefined {
    const first = this.#messages.get(id);
    return this.rows.get(id) ?? (first?.part === PART.alone ? standingOf(first) : undefined);
  }

  /** Counts a message that the batch does not know yet. */
  add(message: MessageRow): void {
    const touched = this.#touch(message);
    if (message.part !== PART.alone) this.#follow(touched);
    if (message.deleted === 1) return;
    touched.row.posts += 1;
    touched.row.latest = message.id;
  }

  /** Counts out a message that is still there. */
  remove(message: MessageRow): void {
    const touched = this.#touch(message);
    touched.row.posts -= 1;
    if (message.part === PART.alone) touched.row.latest = 0;
    else if (touched.row.latest === message.id) touched.lostLatest = true;
  }

  #touch(message: MessageRow): TouchedThread {
    const { thread: id, user_id, audience, topics } = message;
    const known = this.touched.get(id);
    if (known) return known;

    const row = this.get(id);
    const touched: TouchedThread = {
      row: row ?? { id, user_id, audience, topics, posts: 0, latest: 0 },
      people: peopleOf(message),
      before: row ? { posts: row.posts, latest: row.latest } : null,
      standing: this.rows.has(id) ? 'stored' : 'none',
      lostLatest: false,
    };
    this.touched.set(id, touched);
    return touched;
  }

  /** Has a thread counted in a row of its own from now on. */
  #follow(touched: TouchedThread): void {
    if (touched.standing !== 'none') return;
    touched.standing = 'new';
    this.know(touched.row);
    const first = this.#messages.get(touched.row.id);
    if (first?.part !== PART.alone) return;
    first.part = PART.first;
    this.followed.add(first.id);
  }
}

/** How the thread stands that a message is alone in. */
function standingOf({ id, user_id, audience, topics, deleted }: MessageRow): ThreadRow {
  return { id, user_id, audience, topics, posts: 1 - deleted, latest: deleted === 1 ? 0 : id };
}

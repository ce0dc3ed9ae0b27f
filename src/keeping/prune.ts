import { forgetSessions } from '../board/session-writes.ts';
import { KEPT } from '../store/keys.ts';
import type { KeyName } from '../store/needs.ts';
import type { MessageRow } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Write } from '../store/write.ts';

/** Rows that are removed in one transaction: others wait some milliseconds. */
const AT_ONCE = 500;

/** How much was forgotten, or would be. */
export interface Pruned {
  /** What was left of deleted messages. */
  readonly deletions: number;
  readonly sessions: number;
  readonly keys: number;
}

interface PruneOptions {
  /** Deletions of before this time (ms since 1970) are forgotten. */
  readonly before: number;
  readonly now: number;
  /** Whether it is only said what would be. */
  readonly isDry: boolean;
  /** Hears of what is forgotten so far. */
  readonly onProgress: (done: number) => void;
}

/**
 * Forgets deletions, so that whoever has not heard of them gets `reset` when they resume; sessions that have expired; and
 * `Idempotency-Key`s of more than a day ago. A part at a time: servers go on meanwhile.
 */
export async function prune(store: Store, { before, now, isDry, onProgress }: PruneOptions): Promise<Pruned> {
  const until = await lastBefore(store, before);
  let deletions = 0;
  for await (const rows of tombstones(store, until)) {
    deletions += isDry ? rows.length : await store.write(forgetMessages(rows));
    onProgress(deletions);
  }
  if (isDry) return { deletions, ...(await store.old.count({ keys: now - KEPT, sessions: now })) };

  const sessions = await inParts(
    () => store.sessions.expired(now, AT_ONCE),
    (hashes) => store.write(forgetSessions(hashes)),
  );
  const keys = await inParts(
    () => store.old.keys(now - KEPT, AT_ONCE),
    (names) => store.write(forgetKeys(names)),
  );
  return { deletions, sessions, keys };
}

/**
 * The last tick of before a time. A deletion does not say when it was; but a message says so of itself, and all ticks below its
 * own came earlier. Times rise with ids, so it is found by halves.
 */
async function lastBefore(store: Store, time: number): Promise<number> {
  let low = 0;
  let high = (await store.clock()).seq;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const message = await store.old.messageFrom(middle);
    if (message && message.created < time) low = Math.max(middle, message.id);
    else high = middle - 1;
  }
  return low;
}

async function* tombstones(store: Store, until: number): AsyncGenerator<readonly MessageRow[]> {
  let after = 0;
  for (;;) {
    const rows = await store.old.tombstones(after, until, AT_ONCE);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = last.seq;
  }
}

async function inParts<Item>(
  next: () => Promise<readonly Item[]>,
  remove: (items: readonly Item[]) => Promise<void>,
): Promise<number> {
  let done = 0;
  for (let items = await next(); items.length > 0; items = await next()) {
    await remove(items);
    done += items.length;
  }
  return done;
}

function forgetMessages(rows: readonly MessageRow[]): Write<number> {
  return {
    rows: rows.length,
    needs: { messages: rows.map(({ id }) => id) },
    decide(batch) {
      let forgotten = 0;
      for (const { id } of rows) {
        const row = batch.messages.get(id);
        // Somebody may have gone on with its conversation meanwhile, or pruned too.
        if (row?.deleted !== 1 || (row.thread === id && (batch.threads.get(id)?.posts ?? 0) > 0)) continue;
        batch.forget(row);
        forgotten += 1;
      }
      return forgotten;
    },
  };
}

function forgetKeys(names: readonly KeyName[]): Write<void> {
  return {
    rows: 1,
    needs: {},
    decide(batch) {
      for (const name of names) batch.forgetKey(name);
    },
  };
}

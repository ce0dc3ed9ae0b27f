import type { Place } from '../../../src/model/cursor.ts';
import type { MessageRow } from '../../../src/store/schema.ts';
import type { UserReads } from '../../../src/store/users.ts';
import type { ReadOrder } from '../simulated-history.ts';
import type { Tables } from './database.ts';

/** What a reader at a place does not know yet, with where it stands afterwards. */
export interface ChangedRows {
  readonly rows: readonly MessageRow[];
  readonly end: Place;
}

/** Reads as the store does: first what changed of messages up to `place.id`, by seq, then those above, by id. */
export function changedRows({ clock, messages }: Tables, order: ReadOrder, place: Place, limit: number): ChangedRows {
  const all = [...messages.values()];
  if (order === 'seq') return nextBySeq(all, clock.seq, place);

  const changed = all
    .filter(({ id, seq }) => id <= place.id && seq > place.seq)
    .sort(bySeq)
    .slice(0, limit);
  const last = changed.at(-1);
  if (last && changed.length === limit) return { rows: changed, end: { id: place.id, seq: last.seq } };

  const added = all
    .filter(({ id, deleted }) => id > place.id && deleted === 0)
    .sort((left, right) => left.id - right.id)
    .slice(0, limit);
  const id = added.length === limit ? (added.at(-1)?.id ?? clock.seq) : clock.seq;
  return { rows: [...changed, ...added], end: { id, seq: clock.seq } };
}

/** By `seq` alone, for comparison. */
function nextBySeq(all: readonly MessageRow[], head: number, place: Place): ChangedRows {
  const next = all.filter(({ seq }) => seq > place.seq).sort(bySeq)[0];
  const seq = next?.seq ?? head;
  return { rows: next ? [next] : [], end: { id: seq, seq } };
}

function bySeq(left: MessageRow, right: MessageRow): number {
  return left.seq - right.seq;
}

/** @param ask - has a question answered by the tables as they are at some moment. */
export function userReads(ask: <Result>(question: (tables: Tables) => Result) => Promise<Result>): UserReads {
  const users = (isWanted: (user: { id: number; seq: number; username_key: string }) => boolean) =>
    ask((tables) => [...tables.users.values()].filter(isWanted));
  return {
    byIds: (ids) => users(({ id }) => new Set(ids).has(id)),
    byKeys: (keys) => users(({ username_key }) => new Set(keys).has(username_key)),
    list: () => users(() => true),
    changedSince: (since) => users(({ seq }) => seq > since),
    leaving: async () => [],
  };
}

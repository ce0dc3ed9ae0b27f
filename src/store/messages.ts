import { type RawBuilder, sql } from 'kysely';
import type { Clock, Place } from '../model/cursor.ts';
import type { Db, MessageRow } from './schema.ts';
import { type Args, ask, type Sight, type Span, selectedIds } from './selection.ts';
import { compilable, statement, statements } from './statement.ts';

/** The first message of a thread comes with how the thread stands. */
export interface SingleRow extends MessageRow {
  readonly posts: number | null;
  readonly latest_id: number | null;
  readonly latest_text: string | null;
  readonly latest_user_id: number | null;
  readonly latest_created: number | null;
}

/** Messages with the clock of the very moment that they are from. */
export interface Snapshot {
  readonly clock: Clock;
  readonly rows: readonly MessageRow[];
}

/** A part of the board's history, in the order in which a reader goes through it. */
export interface ChangesPage extends Snapshot {
  /** Where a reader stands after it; at the head, that was all. */
  readonly end: Place;
}

/** Reads of messages, each one statement, so that all that it returns is of one moment on every database. */
export interface MessageReads {
  /** The message, deleted or not, to be judged by whoever asks. */
  byId(id: number): Promise<SingleRow | undefined>;
  /** Live messages, in the order of the span. */
  list(span: Span, sight: Sight): Promise<Snapshot>;
  /**
   * What a reader at `place` does not know yet: first what changed of messages up to `place.id`, by seq, then the
   * messages above it, by id, as they are now; those deleted meanwhile are left out. `sight` narrows the second part
   * alone, for speed: whoever reads judges each row.
   */
  changes(place: Place, limit: number, sight: Sight | null): Promise<ChangesPage>;
}

/** Messages with the people of their audience. */
export function messagesWithPeople(on: Db) {
  return on
    .selectFrom('messages as m')
    .leftJoin('audiences as a', 'a.id', 'm.audience')
    .selectAll('m')
    .select('a.people');
}

/** @param on - the database that the statements are compiled for. */
export function messageReads(on: Db): (db: Db) => MessageReads {
  const byId = statement(({ id }: { id: number }) =>
    messagesWithPeople(on)
      .leftJoin('threads as t', 't.id', 'm.id')
      .leftJoin('messages as l', 'l.id', 't.latest')
      .select(['t.posts', 'l.id as latest_id', 'l.text as latest_text', 'l.user_id as latest_user_id'])
      .select('l.created as latest_created')
      .where('m.id', '=', id),
  );
  const list = statements((shape: string, args: Args) =>
    withClock(on, sql`select m.*, a.people from (${selectedIds(shape, args)}) as i ${WITH_PEOPLE}`),
  );
  const changes = statements((shape: string, args: Args) => {
    const added = shape === '' ? ALL_ADDED(args) : selectedIds(shape, args);
    return withClock(
      on,
      sql`select m.*, a.people from (select id from (select id from messages where seq <> id and seq > ${args['seq']} and id <= ${args['id']} order by seq limit ${args['limit']}) as c) as i ${WITH_PEOPLE}
        union all select m.*, a.people from (${added}) as i ${WITH_PEOPLE}`,
    );
  });

  return (db) => ({
    byId: async (id) => (await byId(db, { id }))[0],

    async list(span, sight) {
      const { shape, args } = ask(span, sight);
      const { clock, rows } = snapshot(await list(shape)(db, args));
      return { clock, rows: rows.sort(span.direction === 'asc' ? byIdUp : (left, right) => byIdUp(right, left)) };
    },

    async changes(place, limit, sight) {
      const span: Span = { after: place.id, before: null, direction: 'asc', limit, offset: 0 };
      const { shape, args } = sight ? ask(span, sight) : { shape: '', args: { limit } };
      const { clock, rows } = snapshot(await changes(shape)(db, { ...args, ...place }));

      const changed = rows.filter((row) => row.id <= place.id).sort((left, right) => left.seq - right.seq);
      const last = changed.at(-1);
      // A full page of changes may not be all of them, and what is new comes after the last.
      if (last && changed.length === limit) return { clock, rows: changed, end: { id: place.id, seq: last.seq } };

      const added = rows.filter((row) => row.id > place.id).sort(byIdUp);
      const id = added.length === limit ? (added.at(-1)?.id ?? clock.seq) : clock.seq;
      return { clock, rows: [...changed, ...added], end: { id, seq: clock.seq } };
    },
  });
}

const WITH_PEOPLE = sql`join messages m on m.id = i.id left join audiences a on a.id = m.audience`;

const ALL_ADDED = (args: Args) =>
  sql`select id from (select id from messages where id > ${args['id']} and deleted = 0 order by id limit ${args['limit']}) as n`;

type ClockColumns = { head: number; epoch: string; horizon: number };

/** The rows of `page`, each beside the clock of the same snapshot; without any row, the clock still comes. */
function withClock(on: Db, page: RawBuilder<unknown>) {
  return compilable(
    sql<ClockColumns & (MessageRow | { id: null })>`
      select c.seq as head, c.epoch, c.horizon, p.* from clock c left join (${page}) as p on 1 = 1`,
    on,
  );
}

function snapshot(found: readonly (ClockColumns & (MessageRow | { id: null }))[]): {
  clock: Clock;
  rows: MessageRow[];
} {
  const [first] = found;
  if (!first) throw new Error('the clock has no row');
  return {
    clock: { seq: first.head, epoch: first.epoch, horizon: first.horizon },
    rows: found.filter((row): row is ClockColumns & MessageRow => row.id !== null),
  };
}

function byIdUp(left: MessageRow, right: MessageRow): number {
  return left.id - right.id;
}

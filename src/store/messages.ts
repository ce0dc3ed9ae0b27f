import { sql } from 'kysely';
import type { Place } from '../model/cursor.ts';
import type { Language } from './dialects/languages/language.ts';
import { byNearest } from './nearest.ts';
import { type Db, MESSAGE_COLUMNS, type MessageRow, PART } from './schema.ts';
import { type Args, ask, preludeOf, type Question, type Sight, type Span } from './selection.ts';
import { type Clocked, type Snapshot, snapshot, withClock } from './snapshot.ts';
import { type Statement, statement, statements } from './statement.ts';
import { selectedIds, walkByPerson } from './walks.ts';

/** The newest message of a thread or topic, beside it; `null`: there is none. */
export interface LatestColumns {
  readonly latest_id: number | null;
  readonly latest_text: string | null;
  readonly latest_user_id: number | null;
  readonly latest_created: number | null;
}

/** The first message of a thread comes with how the thread stands. */
export interface SingleRow extends MessageRow, LatestColumns {
  readonly posts: number | null;
}

/** A part of the board's history, in the order in which a reader goes through it. */
export interface ChangesPage extends Snapshot<MessageRow> {
  /** Where a reader stands after it; at the head, that was all. */
  readonly end: Place;
}

/** Reads of messages, each one statement or in one snapshot, so that all that it returns is of one moment. */
export interface MessageReads {
  /** The message, deleted or not, to be judged by whoever asks. */
  byId(id: number): Promise<SingleRow | undefined>;
  /** Live messages, in the order of the span. */
  list(span: Span, sight: Sight): Promise<Snapshot<MessageRow>>;
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

/** @param on - the database that the statements are compiled for, and whose language it is. */
export function messageReads(on: Db, language: Language): (db: Db) => MessageReads {
  const byId = statement(({ id }: { id: number }) =>
    messagesWithPeople(on)
      .leftJoin('standings as t', 't.id', 'm.id')
      .leftJoin('messages as l', 'l.id', 't.latest')
      .select(['t.posts', ...LATEST])
      .where('m.id', '=', id),
  );
  const list = statements((shape: string, args: Args) =>
    withClock<MessageRow>(
      on,
      language,
      sql`select m.*, a.people from (${selectedIds(language, shape, args)}) i ${WITH_PEOPLE}`,
      MESSAGE_COLUMNS,
      preludeOf(shape, args),
    ),
  );
  const changes = statements((shape: string, args: Args) => {
    const added = shape === '' ? allAdded(language, args) : selectedIds(language, shape, args);
    return withClock<MessageRow>(
      on,
      language,
      sql`select m.*, a.people from (select id from (select c.message_id as id from changes c where c.seq > ${args['seq']} and c.message_id <= ${args['id']} order by c.seq ${language.slice(args['limit'])}) c) i ${WITH_PEOPLE}
        union all select m.*, a.people from (${added}) i ${WITH_PEOPLE}`,
      MESSAGE_COLUMNS,
      shape === '' ? undefined : preludeOf(shape, args),
    );
  });

  const nearest = byNearest(on, language, ['public', 'private'], (...asked) => [walkByPerson(...asked)]);

  return (db) => ({
    async byId(id) {
      const [row] = await byId(db, { id });
      return row?.part === PART.alone ? { ...row, ...standingAlone(row) } : row;
    },

    list: (span, sight) =>
      nearest(db, span, sight, async (on, people) => {
        const { clock, rows } = await read(on, list, ask(span, sight, people));
        return { clock, rows: rows.sort(span.direction === 'asc' ? byIdUp : byIdDown) };
      }),

    async changes(place, limit, sight) {
      if (!sight) return pageOf(place, limit, await read(db, changes, { shape: '', args: { limit } }, place));
      const span: Span = { after: place.id, before: null, direction: 'asc', limit, offset: 0 };
      return nearest(db, span, sight, async (on, people) =>
        pageOf(place, limit, await read(on, changes, ask(span, sight, people), place)),
      );
    },
  });
}

/** Of whoever is shown with {@link LatestColumns}. */
export const LATEST_COLUMNS = ['latest_id', 'latest_text', 'latest_user_id', 'latest_created'] as const;

const LATEST = [
  'l.id as latest_id',
  'l.text as latest_text',
  'l.user_id as latest_user_id',
  'l.created as latest_created',
] as const;

/** How the thread stands that a message is alone in. */
function standingAlone({ id, text, user_id, created, deleted }: MessageRow): LatestColumns & Pick<SingleRow, 'posts'> {
  return deleted === 1
    ? { posts: 0, latest_id: null, latest_text: null, latest_user_id: null, latest_created: null }
    : { posts: 1, latest_id: id, latest_text: text, latest_user_id: user_id, latest_created: created };
}

/**
 * Nobody is looked up of what is public, which is mostly everything: an eighth of a page's time. All that was walked to is
 * there; a join to the left only keeps SQLite from beginning with all messages, as it may where many walks come together.
 */
const WITH_PEOPLE = sql`left join messages m on m.id = i.id left join audiences a on a.id = nullif(m.audience, 0)`;

function allAdded({ slice }: Language, args: Args) {
  return sql`select id from (select id from messages where id > ${args['id']} and deleted = 0 order by id ${slice(args['limit'])}) n`;
}

type Statements = (shape: string) => Statement<Args, Clocked<MessageRow>>;

async function read(db: Db, from: Statements, { shape, args }: Question, place?: Place) {
  return snapshot<MessageRow>(await from(shape)(db, { ...args, ...place }));
}

/** What a reader at `place` does not know yet, in order. */
function pageOf(place: Place, limit: number, { clock, rows }: Snapshot<MessageRow>): ChangesPage {
  const changed = rows.filter((row) => row.id <= place.id).sort((left, right) => left.seq - right.seq);
  const last = changed.at(-1);
  // A full page of changes may not be all of them, and what is new comes after the last.
  if (last && changed.length === limit) return { clock, rows: changed, end: { id: place.id, seq: last.seq } };

  const added = rows.filter((row) => row.id > place.id).sort(byIdUp);
  const id = added.length === limit ? (added.at(-1)?.id ?? clock.seq) : clock.seq;
  return { clock, rows: [...changed, ...added], end: { id, seq: clock.seq } };
}

function byIdUp(left: MessageRow, right: MessageRow): number {
  return left.id - right.id;
}

function byIdDown(left: MessageRow, right: MessageRow): number {
  return right.id - left.id;
}

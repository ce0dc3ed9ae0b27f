import { sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import { LATEST_COLUMNS, type LatestColumns } from './messages.ts';
import type { Db, Row } from './schema.ts';
import { type Snapshot, snapshot, withClock } from './snapshot.ts';
import { statements } from './statement.ts';
import { compareText, type TextRange, textRange } from './text-range.ts';

/** A public topic with its newest message. */
export interface TopicRow extends Row<'topics'>, LatestColumns {
  /** The latest message again. */
  readonly id: number;
}

/** A run of topics by name or by latest message, nearest first to where it begins. */
export interface TopicSpan {
  readonly by: 'topic' | 'latest';
  readonly prefix: string | null;
  /** Exclusive: names, or ids of latest messages. */
  readonly after: string | number | null;
  readonly before: string | number | null;
  readonly direction: 'asc' | 'desc';
  readonly limit: number;
}

/** Reads of topics, each one statement. */
export interface TopicReads {
  list(span: TopicSpan): Promise<Snapshot<TopicRow>>;
}

/** @param on - the database that the statements are compiled for, and whose language it is. */
export function topicReads(on: Db, language: Language): (db: Db) => TopicReads {
  const list = statements((shape: string, values: readonly unknown[]) => {
    const { by, direction, conditions } = JSON.parse(shape) as Shape;
    const where = conditions.map((condition, index) => sql`${sql.raw(condition)} ${values[index]}`);
    const order = sql.raw(`order by s.${by} ${direction}`);
    return withClock<TopicRow>(
      on,
      language,
      sql`select s.latest as id, s.*, l.id as latest_id, l.text as latest_text, l.user_id as latest_user_id, l.created as latest_created
        from (select s.* from topics s where ${sql.join(where, sql` and `)} ${order} ${language.slice(values[conditions.length])}) s
        join messages l on l.id = s.latest`,
      ['id', 'topic', 'threads', 'posts', 'latest', ...LATEST_COLUMNS],
    );
  });

  return (db) => ({
    async list(span) {
      const { by, direction, limit } = span;
      const conditions = conditionsOf(span);
      const shape: Shape = { by, direction, conditions: conditions.map(({ text }) => text) };
      const values = [...conditions.map(({ value }) => value), limit];
      const { clock, rows } = snapshot<TopicRow>(await list(JSON.stringify(shape))(db, values));

      const sign = direction === 'asc' ? 1 : -1;
      const compare = by === 'topic' ? byTopic : byLatest;
      return { clock, rows: rows.sort((left, right) => sign * compare(left, right)) };
    },
  });
}

/** What of a question changes its SQL. */
interface Shape {
  readonly by: string;
  readonly direction: string;
  readonly conditions: readonly string[];
}

/** A comparison, up to its value. */
interface Condition {
  readonly text: string;
  readonly value: string | number;
}

function conditionsOf({ by, prefix, after, before }: TopicSpan): Condition[] {
  if (by === 'topic') return nameConditions('s.topic', textRange(prefix, textOf(after), textOf(before)));
  return [
    { text: 's.latest >', value: after ?? 0 },
    ...(before === null ? [] : [{ text: 's.latest <', value: before }]),
    // No column of its own, so that no database walks by name and sorts what it finds.
    ...(prefix === null ? [] : nameConditions('coalesce(s.topic, s.topic)', textRange(prefix, null, null))),
  ];
}

function nameConditions(column: string, { from, isAfter, to }: TextRange): Condition[] {
  return [
    { text: `${column} ${isAfter ? '>' : '>='}`, value: from ?? '' },
    ...(to === null ? [] : [{ text: `${column} <`, value: to }]),
  ];
}

function textOf(mark: string | number | null): string | null {
  return mark === null ? null : String(mark);
}

function byTopic(left: TopicRow, right: TopicRow): number {
  return compareText(left.topic, right.topic);
}

function byLatest(left: TopicRow, right: TopicRow): number {
  return left.latest - right.latest;
}

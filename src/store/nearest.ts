import { sql } from 'kysely';
import type { Language } from './dialects/languages/language.ts';
import type { Db } from './schema.ts';
import {
  type Args,
  ask,
  leadOf,
  marksOf,
  type PersonWalk,
  preludeOf,
  type Scope,
  type Shape,
  type Sight,
  type Span,
  scopesOf,
} from './selection.ts';
import { compilable, statements } from './statement.ts';

/**
 * Has a page read that walks by person. Where walks cannot be merged each costs something, even of who has nothing to say
 * here. But the k-th place is of one of the k people whose first places come first: so these are looked up before, in the
 * same snapshot, and `read` is told to walk by them alone; `null`: by all.
 */
export type ByNearest = <Result>(
  db: Db,
  span: Span,
  sight: Sight,
  read: (db: Db, nearest: readonly number[] | null) => Promise<Result>,
) => Promise<Result>;

interface Found {
  readonly person: number;
}

/**
 * @param scopes - what is walked by person.
 * @param walksBy - such walks.
 */
export function byNearest(
  on: Db,
  language: Language,
  scopes: readonly Scope[],
  walksBy: (language: Language, scope: Scope, shape: Shape, args: Args) => readonly PersonWalk[],
): ByNearest {
  if (language.mergeWalks) return (db, _span, _sight, read) => read(db, null);

  const walked = (shape: Shape) => scopesOf(shape).filter((scope) => scopes.includes(scope));
  const nearest = statements((shapeKey: string, args: Args) => {
    const shape: Shape = JSON.parse(shapeKey);
    const walks = walked(shape).flatMap((scope) => walksBy(language, scope, shape, args));
    const firsts = walks.map((walkBy) => {
      const first = walkBy(sql`p.id`, marksOf(shape, args), 1);
      return sql`select p.id as person, (${first}) as place from asked p`;
    });
    return compilable(
      sql<Found>`${preludeOf(shapeKey, args)} select person from (${sql.join(firsts, sql` union all `)}) f where place is not null order by place ${sql.raw(shape.direction)} ${language.slice(args['reach'])}`,
      on,
    );
  });

  return (db, span, sight, read) => {
    const { shape: shapeKey, args } = ask(span, sight);
    const shape: Shape = JSON.parse(shapeKey);
    const isByPerson = leadOf(shape) === 'users' && walked(shape).length > 0;
    const most = span.limit + span.offset;
    if (!isByPerson || (sight.selection.users?.length ?? 0) <= most) return read(db, null);

    const readBoth = async (snapshot: Db) => {
      const found = await nearest(shapeKey)(snapshot, args);
      return read(snapshot, [...new Set(found.map(({ person }) => person))]);
    };
    return db.isTransaction ? readBoth(db) : db.transaction().execute(readBoth);
  };
}

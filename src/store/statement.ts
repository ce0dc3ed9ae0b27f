import { type Compilable, type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db, Row, Tables } from './schema.ts';

/** Stands in a statement, while it is compiled, where an argument comes at each run. */
class Placeholder {
  readonly name: string | symbol;

  constructor(name: string | symbol) {
    this.name = name;
  }
}

/** Runs a statement on `db`: the board's own, a transaction, or a snapshot. */
export type Statement<Args, Result> = (db: Db, args: Args) => Promise<Result[]>;

/**
 * A statement that is compiled once and run often.
 *
 * @param build - builds it from its arguments: `({ id }: { id: number }) => db.selectFrom('users').where('id', '=', id)`.
 *   What it is given are placeholders, so it must hand them on to Kysely unseen.
 */
export function statement<Args extends object, Result>(
  build: (args: Args) => Compilable<Result>,
): Statement<Args, Result> {
  let compiled: CompiledQuery<Result> | null = null;

  return async (db, args) => {
    // A placeholder poses as a value of any type: Kysely passes values on as they are.
    compiled ??= build(new Proxy({} as Args, { get: (_, name) => new Placeholder(name) })).compile();

    const parameters = compiled.parameters.map((value) =>
      value instanceof Placeholder ? Reflect.get(args, value.name) : value,
    );
    const { rows } = await db.executeQuery<Result>({ ...compiled, parameters });
    return rows;
  };
}

/** A family of statements that differ by their shape (which filters, how many values), each compiled once. */
export function statements<Shape extends string | number, Args extends object, Result>(
  build: (shape: Shape, args: Args) => Compilable<Result>,
): (shape: Shape) => Statement<Args, Result> {
  const byShape = new LRUCache<Shape, Statement<Args, Result>>({ max: 200 });

  return (shape) => {
    let made = byShape.get(shape);
    if (!made) {
      made = statement((args) => build(shape, args));
      byShape.set(shape, made);
    }
    return made;
  };
}

/** At most this many values in one `IN (…)`, or rows in one INSERT: a few compiled shapes, and SQL Server's 2,100 parameters. */
const MOST_AT_ONCE = 100;

/**
 * Finds rows by any number of values, through a few compiled statements: the values are cut into parts, and each part is
 * filled up to a power of two with values that it already has.
 */
export function findMany<Value extends string | number, Result>(
  build: (values: Value[]) => Compilable<Result>,
): (db: Db, values: Iterable<Value>) => Promise<Result[]> {
  const ofSize = statements((size: number, values: readonly Value[]) =>
    build(upTo(size, (index) => values[index] as Value)),
  );

  return async (db, values) => {
    const found: Result[] = [];
    for (const part of parts([...new Set(values)])) {
      const size = Math.min(2 ** Math.ceil(Math.log2(part.length)), MOST_AT_ONCE);
      const filled = upTo(size, (index) => part[index % part.length] as Value);
      found.push(...(await ofSize(size)(db, filled)));
    }
    return found;
  };
}

/** Inserts any number of rows, many in one statement. */
export function insertMany<Table extends keyof Tables & string>(
  db: Db,
  table: Table,
  columns: readonly (keyof Tables[Table] & string)[],
): (db: Db, rows: readonly Row<Table>[]) => Promise<void> {
  const width = columns.length;
  const ofSize = statements((size: number, values: readonly unknown[]) => {
    const rows = upTo(size, (row) => sql`(${sql.join(columns.map((_, column) => values[row * width + column]))})`);
    return compilable(
      sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(rows)}`,
      db,
    );
  });

  return async (on, rows) => {
    for (const part of parts(rows)) {
      const values = part.flatMap((row) => columns.map((column) => row[column]));
      await ofSize(part.length)(on, values);
    }
  };
}

/** A statement in SQL, to be compiled for the database of `db`. */
export function compilable<Result>(statement: RawBuilder<Result>, db: Db): Compilable<Result> {
  return { compile: () => statement.compile(db) };
}

function upTo<Item>(length: number, make: (index: number) => Item): Item[] {
  return Array.from({ length }, (_, index) => make(index));
}

function* parts<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let start = 0; start < items.length; start += MOST_AT_ONCE) yield items.slice(start, start + MOST_AT_ONCE);
}

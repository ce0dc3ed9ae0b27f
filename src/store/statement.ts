import { type Compilable, type CompiledQuery, type RawBuilder, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Language } from './dialects/languages/language.ts';
import type { Db, Row, Tables } from './schema.ts';
import type { Runner, Transaction } from './transaction.ts';

/** Stands in a statement, while it is compiled, where an argument comes at each run. */
class Placeholder {
  readonly name: string | symbol;

  constructor(name: string | symbol) {
    this.name = name;
  }
}

/** Runs a statement on `db`: the board's own, a transaction, or a snapshot. */
export type Statement<Args, Result> = (db: Runner, args: Args) => Promise<Result[]>;

/** Has a transaction run a statement that has no rows. */
export type Command<Args> = (transaction: Transaction, args: Args) => void;

/**
 * A statement that is compiled once and run often.
 *
 * @param build - builds it from its arguments: `({ id }: { id: number }) => db.selectFrom('users').where('id', '=', id)`.
 *   What it is given are placeholders, so it must hand them on to Kysely unseen.
 */
export function statement<Args extends object, Result>(
  build: (args: Args) => Compilable<Result>,
): Statement<Args, Result> {
  const query = compiledOnce(build);
  return async (db, args) => (await db.executeQuery(query(args))).rows;
}

/** The same of a statement that has no rows. */
export function command<Args extends object>(build: (args: Args) => Compilable<unknown>): Command<Args> {
  const query = compiledOnce(build);
  return (transaction, args) => transaction.send(query(args));
}

function compiledOnce<Args extends object, Result>(
  build: (args: Args) => Compilable<Result>,
): (args: Args) => CompiledQuery<Result> {
  let compiled: CompiledQuery<Result> | null = null;
  /** A list of values that goes into the statement as it is, as all of an INSERT does: thousands a second. */
  let isTakenWhole = false;

  return (args) => {
    if (!compiled) {
      // A placeholder poses as a value of any type: Kysely passes values on as they are.
      compiled = build(new Proxy({} as Args, { get: (_, name) => new Placeholder(name) })).compile();
      isTakenWhole = compiled.parameters.every(
        (value, index) => value instanceof Placeholder && value.name === `${index}`,
      );
    }
    const parameters =
      isTakenWhole && Array.isArray(args)
        ? args
        : compiled.parameters.map((value) => (value instanceof Placeholder ? Reflect.get(args, value.name) : value));
    return { ...compiled, parameters };
  };
}

/** A family of statements that differ by their shape (which filters, how many values), each compiled once. */
export function statements<Shape extends string | number, Args extends object, Result>(
  build: (shape: Shape, args: Args) => Compilable<Result>,
): (shape: Shape) => Statement<Args, Result> {
  return byShape((shape) => statement((args) => build(shape, args)));
}

function commands<Args extends object>(
  build: (shape: number, args: Args) => Compilable<unknown>,
): (shape: number) => Command<Args> {
  return byShape((shape) => command((args) => build(shape, args)));
}

function byShape<Shape extends string | number, Made extends object>(make: (shape: Shape) => Made) {
  const all = new LRUCache<Shape, Made>({ max: 200 });
  return (shape: Shape): Made => {
    let made = all.get(shape);
    if (!made) {
      made = make(shape);
      all.set(shape, made);
    }
    return made;
  };
}

/** At most this many values in one `IN (…)`: a few compiled shapes. */
const MOST_AT_ONCE = 100;

/**
 * Finds rows by any number of values, through a few compiled statements: the values are cut into parts, and each part is
 * filled up to a power of two with values that it already has.
 */
export function findMany<Value extends string | number, Result>(
  build: (values: Value[]) => Compilable<Result>,
): (db: Runner, values: Iterable<Value>) => Promise<Result[]> {
  const ofSize = statements(listed(build));
  return async (db, values) =>
    (await Promise.all(filledParts(values).map((part) => ofSize(part.length)(db, part)))).flat();
}

/** Removes rows in the same way. */
export function removeMany<Value extends string | number>(
  build: (values: Value[]) => Compilable<unknown>,
): (transaction: Transaction, values: Iterable<Value>) => void {
  const ofSize = commands(listed(build));
  return (transaction, values) => {
    for (const part of filledParts(values)) ofSize(part.length)(transaction, part);
  };
}

function listed<Value, Result>(build: (values: Value[]) => Compilable<Result>) {
  return (size: number, values: readonly Value[]) => build(upTo(size, (index) => values[index] as Value));
}

function filledParts<Value>(values: Iterable<Value>): Value[][] {
  return parts([...new Set(values)], MOST_AT_ONCE).map((part) => {
    const size = Math.min(2 ** Math.ceil(Math.log2(part.length)), MOST_AT_ONCE);
    return upTo(size, (index) => part[index % part.length] as Value);
  });
}

/** Inserts any number of rows, many in one statement. */
export function insertMany<Table extends keyof Tables & string>(
  on: Db,
  { rowsAtOnce }: Language,
  table: Table,
  columns: readonly (keyof Tables[Table] & string)[],
): (transaction: Transaction, rows: readonly Row<Table>[]) => void {
  const width = columns.length;
  const ofSize = commands((size, values: readonly unknown[]) => {
    const rows = upTo(size, (row) => sql`(${sql.join(columns.map((_, column) => values[row * width + column]))})`);
    return compilable(
      sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(rows)}`,
      on,
    );
  });

  return (transaction, rows) => {
    for (const part of parts(rows, rowsAtOnce)) {
      const values: unknown[] = [];
      for (const row of part) for (const column of columns) values.push(row[column]);
      ofSize(part.length)(transaction, values);
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

function parts<Item>(items: readonly Item[], most: number): (readonly Item[])[] {
  return upTo(Math.ceil(items.length / most), (part) => items.slice(part * most, (part + 1) * most));
}

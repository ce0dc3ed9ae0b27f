import type { MessageRow, Row, UserRow } from '../../../src/store/schema.ts';
import type { Tables } from './database.ts';

type Statement = (tables: Tables, parameters: readonly unknown[]) => readonly object[];

const TAKE_CLOCK = 'select * from "clock" for update';
const ADVANCE_CLOCK =
  'update "clock" set "seq" = $1 * exp(case when clock.seq = $2 and clock.last_user_id = $3 and epoch = $4 and horizon = $5 and exists (select 1 from commits where id = $6 and noted <> 0) then 0 else 1000 end), "epoch" = $7, "horizon" = $8, "last_user_id" = $9 where "one" = $10';

/** Before they run, their transaction is to hold the clock. */
export const TAKES_CLOCK: ReadonlySet<string> = new Set([TAKE_CLOCK, ADVANCE_CLOCK]);

/** All that the database understands: what the clock and the log of commits say to PostgreSQL, and words of our own for the rest. */
export const STATEMENTS: ReadonlyMap<string, Statement> = new Map([
  does<never>(
    'update "clock" set "seq" = $1, "epoch" = $2, "horizon" = $3, "last_user_id" = $4 where "one" = $5',
    ({ clock }, [seq, epoch, horizon, last_user_id]) => {
      Object.assign(clock, { seq, epoch, horizon, last_user_id });
    },
  ),
  asks<never>(TAKE_CLOCK, ({ clock }) => [clock]),
  does<unknown>(ADVANCE_CLOCK, (tables, [toSeq, seq, userId, epoch, horizon, number, toEpoch, toHorizon, toUserId]) => {
    check(tables, [seq, userId, epoch, horizon, number]);
    Object.assign(tables.clock, { seq: toSeq, epoch: toEpoch, horizon: toHorizon, last_user_id: toUserId });
  }),
  asks<unknown>(
    'select exp(case when clock.seq = $1 and clock.last_user_id = $2 and epoch = $3 and horizon = $4 and exists (select 1 from commits where id = $5 and noted <> 0) then 0 else 1000 end) as "fails_if_others_have_written" from "clock"',
    (tables, expected) => {
      check(tables, expected);
      return [{}];
    },
  ),
  does<number>('insert into "commits" ("id", "noted") values ($1, $2)', ({ commits }, [id = 0, noted = 0]) =>
    insert(commits, id, noted),
  ),
  asks<number>('select "noted" from "commits" where "id" = $1', ({ commits }, [id = 0]) => {
    const noted = commits.get(id);
    return noted === undefined ? [] : [{ noted }];
  }),
  does<number>('delete from "commits" where "id" >= $1 and "id" < $2', ({ commits }, [from = 0, to = 0]) => {
    for (const id of commits.keys()) if (id >= from && id < to) commits.delete(id);
  }),
  asks<number>('select "id" from "commits" order by "id"', ({ commits }) =>
    [...commits.keys()].sort((a, b) => a - b).map((id) => ({ id })),
  ),
  asks<number>('messages', ({ messages }, ids) => ids.flatMap((id) => messages.get(id) ?? [])),
  asks<number>('users', ({ users }, ids) => ids.flatMap((id) => users.get(id) ?? [])),
  asks<string>('keys', ({ keys }, names) => names.flatMap((name) => keys.get(name) ?? [])),
  does<MessageRow>('insert messages', ({ messages }, rows) => {
    for (const row of rows) insert(messages, row.id, row);
  }),
  does<MessageRow>('update messages', ({ messages }, rows) => {
    for (const row of rows) messages.set(row.id, row);
  }),
  does<UserRow>('update users', ({ users }, rows) => {
    for (const row of rows) users.set(row.id, row);
  }),
  does<Row<'keys'>>('insert keys', ({ keys }, rows) => {
    for (const row of rows) insert(keys, `${row.user_id} ${row.key_hash}`, row);
  }),
]);

function check({ clock, commits }: Tables, [seq, lastUserId, epoch, horizon, number]: readonly unknown[]): void {
  const isSame = clock.seq === seq && clock.last_user_id === lastUserId && clock.epoch === epoch;
  if (!isSame || clock.horizon !== horizon || !commits.get(Number(number))) throw new Error('a number out of range');
}

/** A statement, whose parameters are what those who say it give it. */
function asks<Parameter>(
  sql: string,
  run: (tables: Tables, parameters: readonly Parameter[]) => readonly object[],
): [string, Statement] {
  return [sql, (tables, parameters) => run(tables, parameters as readonly Parameter[])];
}

/** One that has no rows. */
function does<Parameter>(sql: string, run: (tables: Tables, parameters: readonly Parameter[]) => void) {
  return asks<Parameter>(sql, (tables, parameters) => {
    run(tables, parameters);
    return [];
  });
}

function insert<Key, Value>(table: Map<Key, Value>, key: Key, value: Value): void {
  if (table.has(key)) throw new Error(`there is a ${key} already`);
  table.set(key, value);
}

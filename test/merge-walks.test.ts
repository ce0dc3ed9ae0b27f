import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { Kysely, sql } from 'kysely';
import { sqlite } from '../src/store/dialects/sqlite.ts';
import { atEnd } from './support/cleanup.ts';

const PEOPLE = 50;
const PLACES = 20_000;
const { language, writing } = sqlite(':memory:');
assert.ok(language.mergeWalks);
const merge = language.mergeWalks;

const database = new DatabaseSync(':memory:');
atEnd(test, () => database.close());
let steps = 0;
database.function('step', (place) => {
  steps += 1;
  return place;
});
database.exec(`
  create table written (person integer, place integer, primary key (person, place)) without rowid;
  with recursive n (i) as (select 1 union all select i + 1 from n where i < ${PLACES})
    insert into written select min(abs(random() % ${2 * PEOPLE}), ${PEOPLE - 1}), i from n`);

for (const [direction, past, from, reach] of [
  ['asc', '>', 0, 20],
  ['desc', '<', PLACES + 1, 20],
  ['asc', '>', PLACES / 2, 200],
  ['asc', '>', PLACES - 10, 20],
  ['desc', '<', 1, 20],
] as const) {
  test(`merged walks ${direction} from ${from} find ${reach} places in a step for each and one for each person`, () => {
    const places = merge({
      people: sql`select distinct person as id from written`,
      walk: (person, mark, limit) =>
        sql`select step(place) as place from written where person = ${person} and place ${sql.raw(past)} ${mark} order by written.place ${sql.raw(direction)} limit ${limit}`,
      from,
      direction: sql.raw(direction),
      reach,
    });
    const compiled = places.compile(new Kysely({ dialect: writing }));
    steps = 0;
    const found = database.prepare(compiled.sql).all(...(compiled.parameters as number[]));

    const all = database.prepare(`select place from written where place ${past} ? order by place ${direction} limit ?`);
    assert.deepEqual(found, all.all(from, reach));
    assert.ok(steps <= PEOPLE + reach, `${steps} steps`);
  });
}

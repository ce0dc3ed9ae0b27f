/** No list and no catching up may go through a whole table, or sort what is not bounded. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import type { CompiledQuery, DatabaseConnection, Dialect as KyselyDialect } from 'kysely';
import { EVERYTHING, type Selection } from '../src/model/filter.ts';
import { sqlite } from '../src/store/dialects/sqlite.ts';
import type { Sight, Span } from '../src/store/selection.ts';
import { type Reads, Store } from '../src/store/store.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';

const database = await temporaryDatabase(test);
const asked = new Set<string>();
const dialect = sqlite(database.file);
assert.ok(dialect.reading);
const store = await Store.open({
  dialect: { ...dialect, reading: listening(dialect.reading, asked) },
  epoch: 'test',
  onCommit: () => {},
  onWarning: () => {},
  now: Date.now,
  onFault: (fault) => assert.fail(String(fault)),
});
atEnd(test, () => store.close());
const explaining = new DatabaseSync(database.file, { readOnly: true });
atEnd(test, () => explaining.close());

/** A dialect that notes what is asked. */
function listening(inner: KyselyDialect, heard: Set<string>): KyselyDialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createDriver() {
      const driver = inner.createDriver();
      const acquire = driver.acquireConnection.bind(driver);
      const overheard = new WeakSet<DatabaseConnection>();
      driver.acquireConnection = async () => {
        const connection = await acquire();
        if (overheard.has(connection)) return connection;

        overheard.add(connection);
        const execute = connection.executeQuery.bind(connection);
        connection.executeQuery = <Row>(query: CompiledQuery) => {
          heard.add(query.sql);
          return execute<Row>(query);
        };
        return connection;
      };
      return driver;
    },
  };
}

interface Step {
  readonly id: number;
  readonly parent: number;
  readonly detail: string;
}

/** What of a statement's plan goes through a table or sorts without bound. */
function faultsOf(sql: string): string[] {
  const steps = explaining.prepare(`explain query plan ${sql}`).all() as unknown as Step[];
  // Subqueries have their own limits: what comes of them is bounded.
  const bounded = new Set(steps.flatMap(({ detail }) => /^(?:CO-ROUTINE|MATERIALIZE) (\S+)/.exec(detail)?.[1] ?? []));
  const isScan = ({ detail }: Step) => {
    const table = /^SCAN (\S+)/.exec(detail)?.[1];
    return (
      table !== undefined && table !== 'clock' && !bounded.has(table) && !/^SCAN (?:\d+ )?CONSTANT ROW/.test(detail)
    );
  };
  const isSort = (step: Step) => {
    if (!/USE TEMP B-TREE/.test(step.detail)) return false;
    const sources = steps.filter(({ parent, detail }) => parent === step.parent && /^(?:SCAN|SEARCH) /.test(detail));
    return !sources.every(({ detail }) => bounded.has(/^\w+ (\S+)/.exec(detail)?.[1] ?? ''));
  };
  const found = steps.filter((step) => isScan(step) || isSort(step)).map(({ detail }) => detail);
  return PLANNED_ANEW.test(sql) ? [...found, 'PLANNED ANEW'] : found;
}

/** A limit that is a parameter and nothing else, for whose sake SQLite plans each run. */
const PLANNED_ANEW = /\blimit \?(?! \+)/;

for (const [name, sql, want] of [
  ['a scan', 'select * from messages where text = ?', ['SCAN messages']],
  ['a scan along an index', 'select audience from messages', [/^SCAN messages USING/]],
  ['a sort', 'select id from messages where audience = ? order by created', ['USE TEMP B-TREE FOR ORDER BY']],
  ['a scan in a subquery', 'select * from (select id from messages where text = ? limit 20) as x', [/^SCAN messages/]],
  [
    'a limit that it is planned anew for',
    'select id from messages order by id limit ?',
    ['SCAN messages', 'PLANNED ANEW'],
  ],
] as const) {
  test(`the judge reports ${name}`, () => {
    const found = faultsOf(sql);
    assert.equal(found.length, want.length, JSON.stringify(found));
    for (const [index, each] of want.entries()) assert.match(found[index] ?? '', new RegExp(each));
  });
}

test('and lets a walk along an index pass', () => {
  assert.deepEqual(
    faultsOf('select id from messages where audience = 0 and part = 0 and deleted = 0 and id > ? order by id'),
    [],
  );
});

const many = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

const selections: Selection[] = [];
for (const topics of [null, ['a'], ['a', 'b', 'c', 'd']])
  for (const users of [null, [1], many(9)])
    for (const thread of [null, 7])
      for (const replyTo of [null, 'none', 7] as const)
        for (const people of [null, [1, 2]])
          for (const visibility of ['all', 'public', 'private'] as const)
            selections.push({ ...EVERYTHING, topics, users, thread, replyTo, people, visibility });

const spans: Span[] = [];
for (const direction of ['asc', 'desc'] as const)
  for (const after of [null, 5])
    for (const before of [null, 90]) spans.push({ after, before, direction, limit: 20, offset: 0 });

const lists: readonly [name: string, ask: (reads: Reads, span: Span, sight: Sight) => Promise<unknown>][] = [
  ['messages', (reads, span, sight) => reads.messages.list(span, sight)],
  ['threads by activity', (reads, span, sight) => reads.threads.list(span, sight)],
  ['catching up', (reads, { after, limit }, sight) => reads.messages.changes({ id: after ?? 0, seq: 9 }, limit, sight)],
];

for (const [name, ask] of lists) {
  test(`${name}: no filter, sight or direction scans or sorts a table`, async () => {
    asked.clear();
    for (const selection of selections)
      for (const span of spans) for (const viewer of [null, 1]) await ask(store, span, { viewer, selection });
    assert.ok(asked.size > 100, `${asked.size} statements were asked`);
    assertGood();
  });
}

for (const [name, ask, walks] of [
  [
    'messages',
    lists[0]?.[1],
    {
      'messages_user (user_id=? AND audience=? AND deleted=? AND id<?)': 1,
      'recipients_author (user_id=? AND author_id=? AND message_id<?)': 1,
    },
  ],
  [
    'threads',
    lists[1]?.[1],
    {
      'standings_user (user_id=? AND audience=? AND latest>? AND latest<?)': 1,
      'messages_alone (user_id=? AND deleted=? AND id>? AND id<?)': 1,
    },
  ],
] as const) {
  test(`${name} of many people are reached by index, for each person from where the last one was`, async () => {
    asked.clear();
    const span: Span = { after: null, before: 90, direction: 'desc', limit: 20, offset: 0 };
    await ask?.(store, span, { viewer: 1, selection: { ...EVERYTHING, users: many(300) } });
    const [statement, ...others] = asked;
    assert.deepEqual(others, []);

    const plan = explaining.prepare(`explain query plan ${statement}`).all() as unknown as Step[];
    // One step finds where each begins, the other goes on.
    for (const [walk, times] of Object.entries(walks))
      assert.equal(
        plan.filter(({ detail }) => detail.endsWith(`USING COVERING INDEX ${walk}`)).length,
        2 * times,
        walk,
      );
    assert.ok(plan.length < 60, `${plan.length} steps, however many people`);
  });
}

test('filters as long as they may be are no longer than the database takes', async () => {
  asked.clear();
  const longest = { ...EVERYTHING, topics: many(100).map(String), users: many(500) };
  const span: Span = { after: null, before: null, direction: 'desc', limit: 100, offset: 0 };
  for (const rest of [{}, { topics: null }, { users: null }, { thread: 7 }, { replyTo: 7 }, { people: [1, 2] }])
    for (const [, ask] of lists) await ask(store, span, { viewer: 1, selection: { ...longest, ...rest } });
  assertGood();
});

test('catching up without a filter, topics, users and single reads do not either', async () => {
  asked.clear();
  await store.messages.changes({ id: 5, seq: 9 }, 20, null);
  await store.messages.byId(7);
  for (const prefix of [null, 'a'])
    for (const after of [null, 5])
      for (const before of [null, 90])
        for (const direction of ['asc', 'desc'] as const)
          for (const by of ['topic', 'latest'] as const)
            await store.topics.list({ by, prefix, after, before, direction, limit: 20 });
  for (const prefix of [null, 'a', '\u{10ffff}'])
    for (const after of [null, 'b']) await store.users.list({ prefix, after, limit: 20 });
  await store.users.byIds(many(300));
  await store.users.byKeys(many(300).map(String));
  await store.users.changedSince(5);
  assertGood();
});

function assertGood(): void {
  const faults = [...asked].flatMap((sql) => {
    const found = faultsOf(sql);
    return found.length > 0 ? [`${[...new Set(found)].join('; ')}: ${sql.slice(0, 600)}`] : [];
  });
  assert.deepEqual(faults.slice(0, 3), [], `${faults.length} of ${asked.size}`);
}

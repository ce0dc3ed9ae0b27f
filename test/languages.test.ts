/**
 * Languages of database servers that are not at hand. What a board says in them is put into PostgreSQL's words, which shows
 * that it is the right thing to say; and parsed by their grammars, which shows that it is well said.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { openBoard } from '../src/index.ts';
import { exportBoard } from '../src/keeping/export.ts';
import { withStore } from '../src/keeping/open-store.ts';
import { prune } from '../src/keeping/prune.ts';
import { behavesOn } from './support/behaviour.ts';
import { atEnd } from './support/cleanup.ts';
import { type TemporaryDatabase, temporaryDatabase } from './support/database.ts';
import { faultsOf, GRAMMARS } from './support/grammar.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** What says the most different things in the least time. */
const BEHAVIOUR = ['every-filter', 'http-many-people', 'http-posting', 'http-topics-and-users', 'http-verdicts'];

const NAMES = Array.from({ length: 500 }, (_, n) => `ann-${n}`);

test('a board in the words of', { skip: without(...PRIVATE_SERVERS.postgres.needs, GRAMMARS) }, async (t) => {
  const { url } = await PRIVATE_SERVERS.postgres.start(t);
  const dir = await mkdtemp(join(tmpdir(), 'msgboard-said-'));
  atEnd(t, () => rm(dir, { recursive: true }));

  for (const [name, language, clock] of [
    ['SQL Server', 'mssql', 'select * from "clock" with (updlock, rowlock, holdlock)'],
    ['Oracle', 'oracle', 'select * from "CLOCK" for update wait 10'],
  ] as const) {
    const database = `${language}+${url}`;
    const file = join(dir, language);

    await t.test(`${name} behaves as one in a file`, () =>
      behavesOn(database, BEHAVIOUR, 250, { MSGBOARD_TEST_STATEMENTS: file }),
    );
    await t.test(`${name} finds by the longest filter, and is exported, and pruned`, async (st) => {
      process.env['MSGBOARD_TEST_STATEMENTS'] = file;
      const itsOwn = await temporaryDatabase(st, database);
      await findsByTheLongestFilter(itsOwn);
      await isExported(itsOwn);
      await isPruned(itsOwn);
    });
    await t.test(`${name} keeps to its grammar`, async () => {
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const said = new Map(lines.map((line) => JSON.parse(line) as string).map((each) => [shapeOf(each), each]));
      assert.ok(said.size > 400, `only ${said.size} statements`);
      assert.ok(said.has(clock), 'the clock is not locked');
      const faults = [...said.values()].flatMap((statement) =>
        faultsOf(language, statement).map((fault) => `${fault}: ${statement}`),
      );
      assert.deepEqual(faults.slice(0, 3), [], `${faults.length} faults`);
    });
  }
});

/** What statements have in common that differ in their direction, or in how many values they have. */
function shapeOf(statement: string): string {
  return statement
    .replace(/[@:]\d+/g, '?')
    .replace(/(?:\?, )+/g, '')
    .replaceAll(' desc ', ' asc ');
}

/** No statement may have more values than its server takes. */
async function findsByTheLongestFilter(database: TemporaryDatabase): Promise<void> {
  const board = await openBoard(database.at);
  try {
    await Promise.all(NAMES.map((username) => board.welcome({ username })));
    const ann = board.as('ann-7');
    await ann.messages.post({ text: 'found', topics: ['topic 7'] });
    const topic = Array.from({ length: 100 }, (_, n) => `topic ${n}`);
    for (const order of ['asc', 'active'] as const) {
      const span = { after: 0, before: Number.MAX_SAFE_INTEGER, order };
      const { messages } = await ann.messages.list({ topic, user: NAMES, replyTo: 'none', ...span });
      assert.deepEqual(
        messages.map(({ text }) => text),
        ['found'],
      );
    }
  } finally {
    await board.close();
  }
}

const told = (what: unknown) => assert.fail(String(what));

async function isPruned(database: TemporaryDatabase): Promise<void> {
  const board = await openBoard(database.at);
  const ann = board.as('ann-7');
  const { id } = await ann.messages.post({ text: 'gone' }, { idempotencyKey: 'once' });
  await ann.messages.delete(id);
  await ann.messages.post({ text: 'later' });
  await board.close();

  await withStore(database.at, { onFault: told, onWarning: told }, async (store) => {
    const inAWeek = Date.now() + 7 * 24 * 60 * 60 * 1000;
    for (const isDry of [true, false]) {
      const pruned = await prune(store, { before: inAWeek, now: inAWeek, isDry, onProgress: () => {} });
      assert.deepEqual(pruned, { deletions: 1, sessions: 0, keys: 1 });
    }
  });
}

async function isExported(database: TemporaryDatabase): Promise<void> {
  for (const part of ['all', 'public'] as const) {
    let lines = '';
    const write = async (more: string) => {
      lines += more;
    };
    await withStore(database.at, { onFault: told, onWarning: told }, (store) =>
      exportBoard(store, { part, passwords: false, write, onProgress: () => {} }),
    );
    // The board, its accounts and its message.
    assert.equal(lines.split('\n').length, 1 + NAMES.length + 1 + 1);
  }
}

for (const [language, statement, fault] of [
  ['mssql', 'select id from messages limit 5', /EOF/],
  ['mssql', 'select id from messages where (id > 1) is true', /IS/],
  ['mssql', 'insert into batches (id) values (@1) on conflict (id) do nothing', /ON/],
  ['mssql', 'insert into batches (id) values (@1) returning id', /EOF/],
  ['mssql', 'select id from order where id = @1', /ORDER/],
  ['mssql', 'create table if not exists batches (id bigint)', /IF/],
  ['mssql', 'update clock set seq = true', /Boolean/],
  ['mssql', 'select id from (select id from messages order by id desc) m', /without a page/],
  ['mssql', 'select id from users with (nolock)', /lock/],
  ['oracle', 'select id from messages limit 5', /'5'/],
  ['oracle', 'select id from messages as m', /AS/],
  ['oracle', 'select id from messages where (id > 1) is true', /TRUE/],
  ['oracle', 'insert into batches (id) values (:1), (:2)', /','/],
  ['oracle', 'select @1 from messages', /@/],
  ['oracle', "update users set bio = ''", /empty/],
  ['oracle', 'select id from "messages"', /small/],
  ['oracle', 'select m.number from messages m', /reserved/],
  ['oracle', 'select 1', /23/],
  ['oracle', 'drop table if exists nodes', /23/],
] as const) {
  test(`the judge of ${language} refuses: ${statement}`, { skip: without(GRAMMARS) }, () => {
    assert.match(faultsOf(language, statement).join('; '), fault);
  });
}

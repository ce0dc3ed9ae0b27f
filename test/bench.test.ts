import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fill } from '../bench/filled-board.ts';
import { messageText } from '../bench/message-text.ts';
import { openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

const bench = fileURLToPath(new URL('../bench/main.ts', import.meta.url));

/** A row of each kind of figure, and two that make a picture; in two runs side by side, as each waits half of its time. */
const RUNS = [
  ['post', 'fan-out-100', 'latency', 'memory', 'filters', 'storm'],
  ['replay', 'growth-100000', 'growth-1000000', 'log-in-flood', 'start'],
];

const reason = without('wrk', 'cc', 'sqlite3', '/usr/sbin/nginx');

test('each kind of row gives its figures, and the page gets its table and picture', { skip: reason }, async (t) => {
  const directory = await temporary(t);
  await Promise.all(RUNS.map((rows, index) => givesFigures(rows, join(directory, `${index}`))));
  assert.match(await readFile(join(directory, '1', 'growth.svg'), 'utf8'), /^<svg .*<polyline .*<\/svg>\n$/s);
});

for (const kind of ['postgres', 'mariadb'] as const) {
  const reason = without('wrk', ...PRIVATE_SERVERS[kind].needs);
  test(`each kind of row on ${kind} gives its figures`, { skip: reason }, async (t) => {
    const { url } = await PRIVATE_SERVERS[kind].start(t);
    const rows = [`post-${kind}`, `store-${kind}`, `store-far-${kind}`];
    await givesFigures(rows, join(await temporary(t), kind), { [`MSGBOARD_BENCH_${kind.toUpperCase()}`]: url });
  });
}

async function givesFigures(names: readonly string[], directory: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  await mkdir(directory);
  const [page, json] = [join(directory, 'performance.md'), join(directory, 'figures.json')];
  await writeFile(page, 'before\n<!-- figures: by npm run bench -->\nof the run before\n<!-- /figures -->\nafter\n');

  const quick = ['--scale=0.01', '--seconds=0.2', '--warm-up=0.2', '--rounds=1', '--json', json, '--docs', page];
  const run = spawn(process.execPath, [bench, ...quick, ...names.flatMap((row) => ['--only', row])], {
    env: { ...process.env, ...env },
  });
  const [output, errors, [code]] = await Promise.all([text(run.stdout), text(run.stderr), once(run, 'close')]);
  assert.equal(code, 0, output + errors);

  const { rows, leftOut } = JSON.parse(await readFile(json, 'utf8'));
  assert.deepEqual(
    leftOut.map(({ what }: { what: string }) => what).filter((what: string) => what !== 'the disk'),
    ['the size'],
  );
  assert.deepEqual(
    rows.map(({ name }: { name: string }) => name),
    names,
  );
  const table = await readFile(page, 'utf8');
  assert.match(table, /^before\n<!-- .* -->\n\nTaken on .*\n\n\| what .*<!-- \/figures -->\nafter\n$/s);
  assert.ok(!table.includes('of the run before'));
  for (const { lines } of rows) for (const { what } of lines) assert.ok(table.includes(`| ${what} `), what);
}

test('a board that is filled for the benchmark is as if all had been posted', async (t) => {
  const directory = await temporary(t);
  const [filled, posted] = [join(directory, 'filled.db'), join(directory, 'posted.db')];
  await fill(filled, 50);
  const board = await openBoard(`sqlite:${posted}`);
  await board.as().users.create({ username: 'kitten', password: 'yarn', bio: 'A cute ittle kitten.' });
  for (let n = 1; n <= 50; n += 1) await board.as('kitten').messages.post({ text: `#${n} ${messageText}` });
  await board.close();

  assert.deepEqual(contentOf(filled), contentOf(posted));
});

async function temporary(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'msgboard-bench-test-'));
  atEnd(t, () => rm(directory, { recursive: true }));
  return directory;
}

/** All tables, without what differs between any two boards: times, hashes, the epoch. */
function contentOf(file: string): Record<string, unknown[]> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  const content = Object.fromEntries(
    tables.map(({ name }) => [
      String(name),
      database
        .prepare(`select * from ${name}`)
        .all()
        .map(({ created, password_hash, epoch, ...rest }) => rest),
    ]),
  );
  database.close();
  return content;
}

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import type { Message } from '../../src/model/message.ts';
import type { Person } from '../support/api.ts';
import { atEnd } from '../support/cleanup.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { assertProblem } from '../support/problem.ts';
import { runToEnd, startProgram } from '../support/program.ts';
import { Random } from '../support/random.ts';
import { numberSetting } from '../support/settings.ts';
import { smallDisk, withoutDisks } from '../support/small-disk.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const DAMAGES = numberSetting('MSGBOARD_DAMAGES', 4);

const skip = withoutDisks();

test('on a full disk, writes get 503 and reads go on; once there is room, so do writes', { skip }, async (t) => {
  const disk = smallDisk(t, '6m');
  const url = `sqlite:${join(disk.dir, 'board.db')}`;
  const program = await startProgram(t, ['--port', '0', '--database', url]);
  const as = await program.api.signUp('kitten');
  const ballast = join(disk.dir, 'ballast');
  await writeFile(ballast, Buffer.alloc(3 * 1024 * 1024));

  const posted: number[] = [];
  const post = () => program.api.post<Message>('/message', { text: '🐈'.repeat(10_000) }, { as });
  let answer = await post();
  for (; answer.status === 201; answer = await post()) posted.push(answer.body.id);
  assertProblem(answer, 503);
  await eventually(() => assert.match(program.output(), /database or disk is full/));
  assert.equal((await program.api.get('/messages')).status, 200);
  assertProblem(await post(), 503);

  await rm(ballast);
  const { id } = await program.api.say(as, 'room');
  const ids = async () => (await again.api.board()).map((message) => message.id);
  assert.deepEqual(await program.end('SIGTERM'), { code: 0, signal: null });
  const again = await startProgram(t, ['--port', '0', '--database', url]);
  assert.deepEqual(await ids(), [...posted, id]);
  await again.end('SIGTERM');
});

test('a read-only disk, a file that is none and one that another holds are refused in a sentence', {
  skip,
}, async (t) => {
  const disk = smallDisk(t, '6m');
  const file = join(disk.dir, 'board.db');
  const program = await startProgram(t, ['--port', '0', '--database', `sqlite:${file}`]);
  await program.end('SIGTERM');
  const other = await temporaryDatabase(t);
  await writeFile(other.file, 'x'.repeat(10_000));
  const held = await temporaryDatabase(t);
  const holder = new DatabaseSync(held.file);
  atEnd(t, () => holder.close());
  holder.exec('create table x (y); begin immediate');
  disk.makeReadOnly();

  for (const [url, reason] of [
    [`sqlite:${file}`, /unable to open database file|readonly database/],
    [other.url, /file is not a database/],
    [held.url, /database is locked/],
  ] as const) {
    const { code, output } = await runToEnd(['--port', '0', '--database', url]);
    assert.equal(code, 1, output);
    assert.match(output, reason);
    assert.match(output, /^msgboard: the database .* cannot be opened: .*\.\n$/);
  }
});

test('while another process holds the lock, writes get 503 in the end, and reads go on', async (t) => {
  const { file, url } = await temporaryDatabase(t);
  const program = await startProgram(t, ['--port', '0', '--database', url]);
  const as = await program.api.signUp('kitten');
  const holder = new DatabaseSync(file);
  atEnd(t, () => holder.close());
  holder.exec('begin immediate');

  const late = program.api.post('/message', { text: 'late' }, { as });
  assert.equal((await program.api.get('/messages')).status, 200);
  assertProblem(await late, 503);
  await eventually(() => assert.match(program.output(), /database is locked/));
  holder.exec('rollback');
  await program.api.say(as, 'in time');
  assert.deepEqual(
    (await program.api.board()).map(({ text }) => text),
    ['in time'],
  );
});

test(`a damaged file is refused in a sentence, or its damage is met with 503, or 500 where its rows contradict each other, ${DAMAGES} times`, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const random = new Random(SEED);
  const { file, url } = await temporaryDatabase(t);
  const first = await startProgram(t, ['--port', '0', '--database', url]);
  const as = await first.api.signUp('kitten');
  for (let n = 0; n < 5; n++) {
    const drafts = Array.from({ length: 100 }, (_, m) => ({ text: `${n} ${m}`, topics: [`topic ${m % 7}`] }));
    await first.api.sayAll(as, drafts);
  }
  await first.end('SIGTERM');
  const whole = await readFile(file);
  let met = 0;

  for (let damage = 0; damage < DAMAGES; damage++) {
    const bytes = Buffer.from(whole);
    for (let n = 0; n < 10; n++) {
      const page = random.below(bytes.length / 4096) * 4096;
      for (let at = page; at < page + 4096; at += 1 + random.below(16)) bytes[at] = random.below(256);
    }
    await writeFile(file, bytes);
    for (const left of ['-wal', '-shm']) await rm(file + left, { force: true });
    met += await meets(t, url, as);
  }
  assert.ok(met > 0, 'no damage was met');
});

/** How often a board with a damaged file says so, which it may. What it answers otherwise, it keeps. */
async function meets(scope: TestContext, url: string, as: Person): Promise<number> {
  const program = await startProgram(scope, ['--port', '0', '--database', url]).catch((error: Error) => error);
  if (program instanceof Error) {
    assert.match(program.message, /^it ended \(1\) and said: msgboard: .*\.\n$/);
    return 1;
  }
  const { api } = program;
  const statuses = new Set<number>();
  for (const path of ['/topics', '/users', '/user/kitten', '/message/7', '/messages?order=active', '/stream?poll=1'])
    statuses.add((await api.get(path)).status);
  for (let after = 0; after < 500; after += 100) {
    statuses.add((await api.get(`/messages?limit=100&after=${after}`)).status);
    const { status, body } = await api.post<Message>('/message', { text: 'new', topics: ['topic 1'] }, { as });
    statuses.add(status);
    if (status !== 201) continue;
    const kept = await api.get<Message>(`/message/${body.id}`);
    assert.ok(kept.status >= 500 || kept.body.text === 'new', kept.text);
  }
  await program.end('SIGTERM');
  const wrong = [...statuses].filter((status) => ![200, 201, 401, 404, 500, 503].includes(status));
  assert.deepEqual(wrong, [], program.output());
  const isMet = statuses.has(500) || statuses.has(503);
  if (isMet) assert.match(program.output(), /malformed|disk I\/O error|yet there is|JSON/);
  return isMet ? 1 : 0;
}

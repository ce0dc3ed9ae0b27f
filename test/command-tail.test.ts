import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Api, Person } from './support/api.ts';
import type { Scope } from './support/cleanup.ts';
import { type Command, startCommand } from './support/command.ts';
import { startCuttableProxy } from './support/cuttable-proxy.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { runToEnd, startProgram } from './support/program.ts';
import { startTestServer } from './support/server.ts';
import { startOnTerminal } from './support/terminal.ts';

const { api, url, database } = await startTestServer(test);
const kitten = await api.signUp('kitten');
const puppy = await api.signUp('puppy');

const ways = [
  ['in a database', ['--database', database.url]],
  ['at a server', ['--url', url]],
] as const;

/** What a tail has told: each event's type with the text, or the id of what is gone. */
function eventsOf(command: Command): StreamEvent[] {
  return command
    .printed()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as StreamEvent);
}

function toldBy(command: Command): string[] {
  return eventsOf(command).map((event) =>
    event.type === 'message' || event.type === 'edit'
      ? `${event.type} ${event.message.text}`
      : `${event.type} ${event.message?.id}`,
  );
}

const tells = (command: Command, ...events: string[]) =>
  eventually(() => assert.deepEqual(toldBy(command), events, command.told()));

/** A tail that has come as far as this moment. */
async function liveTail(scope: Scope, at: Api, as: Person, args: readonly string[]): Promise<Command> {
  const marker = await at.say(as, 'the latest so far');
  const command = startCommand(scope, ['tail', '--last', '1', ...args]);
  await eventually(() => assert.equal(eventsOf(command)[0]?.message?.id, marker.id, command.told()));
  return command;
}

for (const [name, place] of ways) {
  test(`tail ${name} tells what happens, live, and ends well when it is interrupted`, async (t) => {
    const command = await liveTail(t, api, kitten, place);
    const { id } = await api.say(kitten, 'new');
    await tells(command, 'message the latest so far', 'message new');
    await api.put(`/message/${id}`, { text: 'newer' }, { as: kitten });
    await tells(command, 'message the latest so far', 'message new', 'edit newer');
    await api.delete(`/message/${id}`, { as: kitten });
    await tells(command, 'message the latest so far', 'message new', 'edit newer', `delete ${id}`);
    assert.deepEqual(await command.end('SIGINT'), { code: 0, signal: null });
    assert.equal(command.told(), '');
  });

  test(`tail ${name} tells what a filter selects, from where it is asked to begin`, async (t) => {
    const topic = `topic ${name}`;
    for (const text of ['1', '2', '3']) await api.say(kitten, { text, topics: [topic] });
    await api.say(puppy, { text: 'by another', topics: [topic] });
    await api.say(kitten, { text: 'of another', topics: ['other'] });
    const filter = ['--topic', topic, '--author', 'kitten', ...place];
    const latest = startCommand(t, ['tail', '--last', '2', ...filter]);
    await tells(latest, 'message 2', 'message 3');
    const whole = startCommand(t, ['tail', '--after', '0', ...filter]);
    await tells(whole, 'message 1', 'message 2', 'message 3');

    const behind = startCommand(t, ['tail', '--after', eventsOf(latest)[0]?.cursor ?? assert.fail(), ...filter]);
    await tells(behind, 'message 3');
    await api.say(kitten, { text: '4', topics: [topic] });
    await tells(latest, 'message 2', 'message 3', 'message 4');
    await tells(behind, 'message 3', 'message 4');
  });
}

test('a tail of what is private needs to know who one is', async (t) => {
  await api.say(kitten, { text: 'for puppy', to: ['puppy'] });
  const filter = ['--visibility', 'private', '--after', '0'];
  const env = { MSGBOARD_PASSWORD: 'yarn' };
  await tells(startCommand(t, ['tail', '--url', url, '--user', 'puppy', ...filter], { env }), 'message for puppy');
  await tells(startCommand(t, ['tail', '-d', database.url, '--user', 'kitten', ...filter]), 'message for puppy');
});

test('a tail outlives its server, and tells everything once', async (t) => {
  const board = await temporaryDatabase(t);
  const serve = (port: string) => startProgram(t, ['--port', port, '--database', board.url]);
  const first = await serve('0');
  const cat = await first.api.signUp('cat');
  const command = await liveTail(t, first.api, cat, ['--url', first.url]);
  const texts = Array.from({ length: 40 }, (_, n) => `${n}`);
  for (const text of texts.slice(0, 20)) await first.api.say(cat, text);
  await first.end('SIGKILL');
  await eventually(() => assert.match(command.told(), /goes on/));

  const second = await serve(new URL(first.url).port);
  for (const text of texts.slice(20)) await second.api.say(cat, text);
  await tells(command, 'message the latest so far', ...texts.map((text) => `message ${text}`));
  // Once, however often it tried in vain.
  assert.equal(command.told().match(/goes on/g)?.length, 1, command.told());
});

test('a tail outlives a network that breaks in the middle of what it sends', async (t) => {
  const proxy = await startCuttableProxy(t, url);
  const command = await liveTail(t, api, kitten, ['--url', proxy.url]);
  const texts = Array.from({ length: 30 }, (_, n) => `${n}`);
  for (const round of [1, 2, 3]) {
    proxy.cutAfter(777);
    for (const text of texts.slice(10 * round - 10, 10 * round)) await api.say(kitten, text);
    await eventually(() => assert.equal(proxy.cuts(), round));
  }
  await tells(command, 'message the latest so far', ...texts.map((text) => `message ${text}`));
});

test('a tail that was killed goes on from its cursor file', async (t) => {
  const { dir } = await temporaryDatabase(t);
  const file = join(dir, 'tail.cursor');
  const topic = 'killed';
  const start = () => startCommand(t, ['tail', '--cursor-file', file, '--topic', topic, '--url', url]);
  const say = (text: string) => api.say(kitten, { text, topics: [topic] });
  await say('before the first time');

  const first = start();
  // From then on nothing is missed, though nothing has come yet.
  await eventually(() => readFile(file));
  await say('1');
  await tells(first, 'message 1');
  await first.end('SIGINT');
  await say('2');
  const second = start();
  await tells(second, 'message 2');
  await eventually(async () => assert.equal(await readFile(file, 'utf8'), `${eventsOf(second).at(-1)?.cursor}\n`));
  await second.end('SIGKILL');
  await say('3');
  const third = start();
  await tells(third, 'message 3');
  await third.end('SIGTERM');
});

test('of a tail that is killed at any moment nothing is lost, and only its last lines may come again', async (t) => {
  const { dir } = await temporaryDatabase(t);
  const file = join(dir, 'tail.cursor');
  const topics = ['busy'];
  // Together far more than waits between the two processes.
  const text = 'x'.repeat(2000);
  const posted = await api.sayAll(
    kitten,
    Array.from({ length: 1000 }, () => ({ text, topics })),
  );
  const args = ['tail', '--cursor-file', file, '--after', '0', '--topic', 'busy', '--database', database.url];
  const told: number[][] = [];
  for (const readsAtMost of [20_000, 20_000, undefined]) {
    const command = startCommand(t, args, readsAtMost === undefined ? {} : { readsAtMost });
    await eventually(() => {
      if (readsAtMost === undefined) assert.equal(eventsOf(command).at(-1)?.message?.id, posted.at(-1)?.id);
      else assert.ok(command.printed().length >= readsAtMost);
    });
    await command.end('SIGKILL');
    // A line that was cut off was not printed.
    told.push(eventsOf(command).map(({ message }) => message?.id ?? assert.fail()));
  }
  assert.deepEqual(
    [...new Set(told.flat())],
    posted.map(({ id }) => id),
  );
  assert.ok((told[0]?.length ?? 0) < posted.length, 'it was not killed on the way');
  for (const ids of told) assert.equal(new Set(ids).size, ids.length);
});

test('a cursor of another history is told as a reset, and the tail goes on', async (t) => {
  const command = startCommand(t, ['tail', '--after', '5-zzzz', '--topic', 'reset', '--url', url]);
  await tells(command, 'reset undefined');
  await api.say(kitten, { text: 'behind it', topics: ['reset'] });
  await tells(command, 'reset undefined', 'message behind it');
});

test('whoever has read enough ends it, with 0', async () => {
  const under = ['bash', '-o', 'pipefail', '-c', '"$@" | head -1', 'bash'];
  const { code, output } = await runToEnd(['tail', '--after', '0', '--url', url], { under });
  assert.equal(code, 0);
  assert.equal(output.split('\n').length, 2, output);
});

test('on a terminal each event is a line that says what it is', async (t) => {
  const { id } = await api.say(kitten, { text: 'a\n\u001b[2J', topics: ['cats', 'shown'], replyTo: 1 });
  const command = startOnTerminal(t, ['tail', '--topic', 'shown', '--last', '1', '--no-color', '-d', database.url]);
  const shows = (line: RegExp) => eventually(() => assert.match(command.printed(), line));
  await shows(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d kitten: a ⏎ ␛\[2J {2}#\d+ answers #1 \[cats\] \[shown\]\r\n$/);
  await api.put(`/message/${id}`, { text: 'b' }, { as: kitten });
  await shows(new RegExp(`\\d kitten edited #${id}: b\\r\\n$`));
  await api.delete(`/message/${id}`, { as: kitten });
  await shows(new RegExp(`#${id} by kitten was deleted\\r\\n$`));
  command.write('\u0003');
  assert.equal((await command.ended()).code, 0);
  assert.ok(!command.printed().includes('\u001b'));
});

test('a file that holds no cursor is left as it is', async (t) => {
  const { dir } = await temporaryDatabase(t);
  const file = join(dir, 'precious.txt');
  await writeFile(file, 'precious\n');
  const { code, output } = await runToEnd(['tail', '--url', url, '--cursor-file', file]);
  assert.deepEqual([code, await readFile(file, 'utf8')], [1, 'precious\n']);
  assert.match(output, /precious\.txt/);
});

for (const [name, args, code, told] of [
  ['a cursor that is none', ['--url', url, '--after', 'yesterday'], 2, /cursor/],
  ['two beginnings', ['--url', url, '--after', '0', '--last', '1'], 2, /--last/],
  ['an author whom nobody knows', ['--url', url, '--author', 'nobody'], 1, /nobody/],
  ['a wrong password', ['--url', url, '--user', 'kitten'], 1, /password/],
  ['a server that is away from the start', ['--url', 'http://127.0.0.1:1'], 3, /reached/],
  ['a cursor file where there is no folder', ['--url', url, '--cursor-file', '/nowhere/at/all'], 1, /nowhere/],
] as const) {
  test(`tail with ${name} ends with ${code} and says why`, async () => {
    const ended = await runToEnd(['tail', ...args], { env: { MSGBOARD_PASSWORD: 'wool' } });
    assert.equal(ended.code, code, ended.output);
    assert.match(ended.output, told);
    assert.doesNotMatch(ended.output, /\n\s+at /);
  });
}

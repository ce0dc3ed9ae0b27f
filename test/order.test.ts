import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import type { Api, Person } from './support/api.ts';
import { BoardCopy } from './support/board-copy.ts';
import { temporaryDatabase } from './support/database.ts';
import { Random } from './support/random.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';
import { openStream, type StreamReader } from './support/stream-reader.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const WRITERS = 64;
const USERS = 8;
const READERS = 50;
const THE_END = 'the end';

for (const [name, nodes, operations] of [
  ['one server', 1, 3000],
  ['two servers on one file', 2, 1000],
] as const) {
  test(`one order, ${name}: every reader ends with the board, each message once, no version twice or back`, async (t) => {
    t.diagnostic(`MSGBOARD_SEED=${SEED}`);
    const random = new Random(SEED);
    const database = await temporaryDatabase(t);
    const servers = await Promise.all(Array.from({ length: nodes }, () => startTestServer(t, { database })));
    const apis = servers.map(({ api }) => api);
    const [first] = apis;
    assert.ok(first);
    const people = await Promise.all(Array.from({ length: USERS }, (_, n) => first.signUp(`user${n}`)));

    const progress = new Progress();
    const readers = Array.from({ length: READERS }, () => read(apis, progress, operations, random.fork()));
    const owned = people.map((): Message[] => []);
    const writers = Array.from({ length: WRITERS }, (_, n) => {
      const api = apis[n % apis.length] ?? first;
      const [person, own] = [people[n % USERS], owned[n % USERS]];
      assert.ok(person && own);
      return write(api, person, own, progress, operations, random.fork());
    });
    await Promise.all(writers);
    // The last change of all: whoever was told of it has been told of everything.
    const [person] = people;
    assert.ok(person);
    await first.say(person, THE_END);

    const copies = await Promise.all(readers);
    const board = await first.board();
    for (const [n, copy] of copies.entries()) {
      assert.deepEqual(copy.faultsAgainst(board).slice(0, 10), [], `reader ${n}, MSGBOARD_SEED=${SEED}`);
    }
  });
}

/** How many operations were done; readers come and go by it and not by the clock. */
class Progress {
  done = 0;
  #waiting: { readonly at: number; readonly go: () => void }[] = [];

  step(): void {
    this.done++;
    const ready = this.#waiting.filter(({ at }) => at <= this.done);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.done);
    for (const { go } of ready) go();
  }

  /** Runs `go` once `at` operations are done. */
  when(at: number, go: () => void): void {
    if (at <= this.done) go();
    else this.#waiting.push({ at, go });
  }

  reached(at: number): Promise<void> {
    return new Promise((go) => this.when(at, go));
  }
}

async function write(api: Api, as: Person, own: Message[], progress: Progress, operations: number, random: Random) {
  for (let n = 0; n < Math.floor(operations / WRITERS); n++) {
    const what = random.next();
    const message = random.pick(own);
    if (message && what < 0.15) {
      // Another writer of the same user may have been faster.
      own.splice(own.indexOf(message), 1);
      const { status, text } = await api.delete(`/message/${message.id}`, { as });
      assert.ok(status === 204 || status === 404, text);
    } else if (message && what < 0.45) {
      const { status, text } = await api.put(`/message/${message.id}`, { text: `edit ${random.below(1e6)}` }, { as });
      assert.ok(status === 200 || status === 404, text);
    } else {
      own.push(await api.say(as, `post ${random.below(1e6)}`));
    }
    progress.step();
  }
}

/** Joins at some moment, drops and resumes again and again, on one node or another, until it was told of the end. */
async function read(nodes: readonly Api[], progress: Progress, operations: number, random: Random): Promise<BoardCopy> {
  await progress.reached(random.below(operations * 0.8));
  const { copy, cursor } = await join(random.pick(nodes), random);

  for (let lastId = cursor, isOver = false; !isOver; ) {
    let left = random.chance(0.1) ? Number.POSITIVE_INFINITY : 1 + random.below(random.chance(0.5) ? 10 : 300);
    const onEvent = (event: StreamEvent, self: StreamReader) => {
      copy.apply(event);
      left--;
      isOver = event.type === 'message' && event.message.text === THE_END;
      if (isOver || left <= 0) self.cut();
    };
    const format = random.chance(0.5) ? 'sse' : 'ndjson';
    const url = random.pick(nodes)?.url ?? '';
    const reader = await openStream(url, '/stream', { format, headers: { 'last-event-id': lastId }, onEvent });
    // Who is told of little is cut all the same; but the last of all stays.
    const moment = progress.done + 1 + random.below(operations / 4);
    if (moment < operations * 0.9) progress.when(moment, () => reader.cut());
    await reader.ended;
    lastId = reader.lastId ?? lastId;
    if (random.chance(0.5)) await progress.reached(Math.min(progress.done + random.below(100), operations * 0.9));
  }
  return copy;
}

/** Some begin with the whole board, some with a page and the stream from its cursor. */
async function join(node: Api | undefined, random: Random): Promise<{ copy: BoardCopy; cursor: string }> {
  assert.ok(node);
  if (random.chance(0.5)) return { copy: new BoardCopy(), cursor: '0' };

  const { body, headers } = await node.get<Message[]>('/messages?order=desc&limit=100');
  const floor = body.length === 100 ? (body.at(-1)?.id ?? 0) : 0;

  return { copy: new BoardCopy(body, floor), cursor: headers.get('last-event-id') ?? '' };
}

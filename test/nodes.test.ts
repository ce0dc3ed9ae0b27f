import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import type { Api, Person } from './support/api.ts';
import { BoardCopy } from './support/board-copy.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { databaseServer } from './support/database-servers.ts';
import { PRIVATE_SERVERS, type PrivateServer } from './support/private-servers.ts';
import { type Program, startProgram } from './support/program.ts';
import { Random } from './support/random.ts';
import { numberSetting, without } from './support/settings.ts';
import { openStream, type StreamReader } from './support/stream-reader.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const WRITES = numberSetting('MSGBOARD_WRITES', 240);
const NODES = 3;
const WRITERS = 8;
const READERS = 9;
const KITTEN: Person = { username: 'kitten', password: 'yarn' };
const THE_END = 'the end';

for (const [database, bell] of [
  ['postgres', 'postgres'],
  ['postgres', 'redis'],
  ['postgres', 'nats'],
  ['mariadb', 'poll'],
] as const) {
  const broker = bell === 'redis' || bell === 'nats' ? PRIVATE_SERVERS[bell] : null;
  const skip = without(...PRIVATE_SERVERS[database].needs, ...(broker?.needs ?? []));

  test(`nodes and servers die on ${database} with bell ${bell}: one order, nothing acknowledged lost or twice`, {
    skip,
  }, async (t) => {
    t.diagnostic(`MSGBOARD_SEED=${SEED}`);
    const random = new Random(SEED);
    const server = await PRIVATE_SERVERS[database].start(t);
    const line = broker && (await broker.start(t));
    const cluster = new Cluster(t, [
      '--database',
      (await temporaryDatabase(t, server.url)).url,
      '--bell',
      line?.url ?? bell,
    ]);
    await cluster.start();
    await cluster.any(random).signUp(KITTEN.username);

    const acknowledged = new Map<string, number>();
    const readers = Array.from({ length: READERS }, () => read(cluster, random.fork()));
    const writers = Array.from({ length: WRITERS }, () => write(cluster, acknowledged, random.fork()));
    await misfortunes(cluster, server, line, () => acknowledged.size / WRITES);
    await Promise.all(writers);
    await post(cluster, THE_END, acknowledged, random);

    const copies = await Promise.all(readers);
    const board = await cluster.any(random).board();
    assert.deepEqual(
      board.map(({ id, text }) => `${id} ${text}`).sort(),
      Array.from(acknowledged, ([text, id]) => `${id} ${text}`).sort(),
      'what was acknowledged is there, once',
    );
    for (const [n, copy] of copies.entries()) {
      assert.deepEqual(copy.faultsAgainst(board).slice(0, 10), [], `reader ${n}, MSGBOARD_SEED=${SEED}`);
    }
  });
}

test('a reader that tails a table by its auto-increment fails the same judge', {
  skip: without(...PRIVATE_SERVERS.postgres.needs),
}, async (t) => {
  const { url } = await PRIVATE_SERVERS.postgres.start(t);
  const { faults, length } = await tailByAutoIncrement(url);
  assert.ok(
    faults.some((fault) => fault.endsWith('is missing')),
    `none of ${length} is missing`,
  );
});

/** The nodes of one board, each a process, on ports that change whenever one is started again. */
class Cluster {
  readonly #scope: Scope;
  readonly #args: readonly string[];
  readonly #nodes: Program[] = [];
  #isOver = false;

  constructor(scope: Scope, args: readonly string[]) {
    this.#scope = scope;
    // Whoever still tries after a test that has failed is to give up.
    atEnd(scope, () => {
      this.#isOver = true;
    });
    this.#args = ['--port', '0', '--host', '127.0.0.1', ...args];
  }

  async start(): Promise<void> {
    this.#nodes.push(
      ...(await Promise.all(Array.from({ length: NODES }, () => startProgram(this.#scope, this.#args)))),
    );
  }

  any(random: Random): Api {
    const node = random.pick(this.#nodes);
    assert.ok(node && !this.#isOver);
    return node.api;
  }

  async kill(n: number): Promise<void> {
    await this.#node(n).end('SIGKILL');
    this.#nodes[n] = await startProgram(this.#scope, this.#args);
  }

  /** Its lock on the clock, if it has it, is to be broken meanwhile. */
  async suspend(n: number, ms: number): Promise<void> {
    await this.#node(n).send('SIGSTOP');
    await sleep(ms);
    await this.#node(n).send('SIGCONT');
  }

  #node(n: number): Program {
    const node = this.#nodes[n];
    assert.ok(node);
    return node;
  }
}

/** One after the other, while writers and readers go on. */
async function misfortunes(
  cluster: Cluster,
  server: PrivateServer,
  line: PrivateServer | null,
  progress: () => number,
): Promise<void> {
  const reached = async (share: number) => {
    while (progress() < share) await sleep(20);
  };
  await reached(0.1);
  await cluster.kill(0);
  await reached(0.3);
  await cluster.suspend(1, 3000);
  await reached(0.5);
  await restart(server);
  await reached(0.7);
  if (line) await restart(line);
  else if (server.url.startsWith('postgres:')) {
    const doorbells = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'msgboard doorbell'`;
    await databaseServer(server.url).run(doorbells);
  }
  await reached(0.85);
  await cluster.kill(2);
}

async function restart(server: PrivateServer): Promise<void> {
  await server.crash();
  await sleep(300);
  await server.start();
}

async function write(cluster: Cluster, acknowledged: Map<string, number>, random: Random): Promise<void> {
  for (let n = 0; n < WRITES / WRITERS; n++) await post(cluster, randomUUID(), acknowledged, random);
}

/** Tries with one key, wherever, until it is acknowledged. */
async function post(cluster: Cluster, text: string, acknowledged: Map<string, number>, random: Random): Promise<void> {
  const headers = { 'idempotency-key': text };
  for (;;) {
    const api = cluster.any(random);
    const answer = await api
      .call<Message>('POST', '/message', { json: { text }, as: KITTEN, headers })
      .catch(() => null);
    if (answer?.status === 201) {
      acknowledged.set(text, answer.body.id);
      return;
    }
    // A node that is gone, or a database that is away.
    if (answer) assert.equal(answer.status, 503, answer.text);
    if (answer) assert.ok(answer.headers.get('retry-after'), 'Retry-After');
    await sleep(50);
  }
}

/** Goes from node to node, wherever it is cut off, until it is told of the end. */
async function read(cluster: Cluster, random: Random): Promise<BoardCopy> {
  const copy = new BoardCopy();
  let lastId = '0';
  for (let isOver = false; !isOver; ) {
    let left = 1 + random.below(100);
    const onEvent = (event: StreamEvent, self: StreamReader) => {
      copy.apply(event);
      left--;
      isOver = event.type === 'message' && event.message.text === THE_END;
      if (isOver || left <= 0) self.cut();
    };
    const options = { headers: { 'last-event-id': lastId }, onEvent };
    const reader = await openStream(cluster.any(random).url, '/stream', options).catch(() => null);
    await reader?.ended;
    lastId = reader?.lastId ?? lastId;
    if (!reader) await sleep(50);
  }
  return copy;
}

/** What many boards do: `select … where id > (the last one seen)`. Of two writers, who is first to insert commits last. */
async function tailByAutoIncrement(url: string): Promise<{ faults: string[]; length: number }> {
  const pool = new pg.Pool({ connectionString: `${url}/postgres` });
  const copy = new BoardCopy();
  let last = 0;
  const tail = async () => {
    const { rows } = await pool.query<{ id: string }>('select id from naive where id > $1 order by id', [last]);
    for (const { id } of rows) copy.apply({ type: 'message', cursor: id, message: messageOf(Number(id)) });
    last = Number(rows.at(-1)?.id ?? last);
  };
  const insert = 'insert into naive default values';
  const slow = await pool.connect();
  try {
    await slow.query('create table naive (id bigserial primary key)');
    await slow.query(`begin; ${insert}`);
    await pool.query(insert);
    await tail();
    await slow.query('commit');
    await tail();

    const { rows } = await pool.query<{ id: string }>('select id from naive order by id');
    return { faults: copy.faultsAgainst(rows.map(({ id }) => messageOf(Number(id)))), length: rows.length };
  } finally {
    slow.release();
    await pool.end();
  }
}

function messageOf(id: number): Message {
  const user = { id: 1, username: KITTEN.username, bio: null, created: '' };
  const thread = { replyTo: null, thread: id, replies: 0, to: [], posts: null, latest: null };
  return { id, seq: id, text: '', user, created: '', edited: null, topics: [], data: null, ...thread };
}

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import type { Answer, Api, Person } from './support/api.ts';
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

// Most of their time they wait for servers that start and nodes that are stopped, so two share the machine.
describe('nodes and servers die: one order, nothing acknowledged lost or twice', { concurrency: 2 }, () => {
  for (const [database, bells] of [
    ['postgres', ['postgres', 'redis', 'nats', 'poll']],
    ['mariadb', ['redis', 'nats', 'poll']],
  ] as const) {
    for (const bell of bells) {
      const broker = bell === 'redis' || bell === 'nats' ? PRIVATE_SERVERS[bell] : null;
      const skip = without(...PRIVATE_SERVERS[database].needs, ...(broker?.needs ?? []));
      test(`on ${database} with bell ${bell}`, { skip }, async (t) => {
        t.diagnostic(`MSGBOARD_SEED=${SEED}`);
        const server = await PRIVATE_SERVERS[database].start(t);
        const line = broker && (await broker.start(t));
        const { url } = await temporaryDatabase(t, server.url);
        await staysOne(new Cluster(t, ['--database', url, '--bell', line?.url ?? bell]), server, line);
      });
    }
  }
});

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

async function staysOne(cluster: Cluster, server: PrivateServer, line: PrivateServer | null): Promise<void> {
  const random = new Random(SEED);
  await cluster.start();
  await cluster.any(random).signUp(KITTEN.username);

  const acknowledged = new Map<number, string>();
  const readers = Array.from({ length: READERS }, () => read(cluster, random.fork()));
  const writers = Array.from({ length: WRITERS }, () => write(cluster, acknowledged, random.fork()));
  await misfortunes(cluster, server, line, () => acknowledged.size / WRITES);
  await Promise.all(writers);
  await post(cluster, THE_END, acknowledged, random);

  const board = await cluster.any(random).board();
  const order = board.map(({ id }) => id);
  assert.deepEqual(
    board.map(({ id, text }) => [id, text]),
    [...acknowledged].sort(([one], [other]) => one - other),
    'what was acknowledged is there, once',
  );
  for (const [n, { copy, told, changed }] of (await Promise.all(readers)).entries()) {
    const reader = `reader ${n}, MSGBOARD_SEED=${SEED}`;
    assert.deepEqual(copy.faultsAgainst(board).slice(0, 10), [], reader);
    assert.deepEqual(told, order, `the order of ${reader}`);
    assert.deepEqual(
      changed,
      changed.toSorted((one, other) => one - other),
      `the changes of ${reader}`,
    );
  }
}

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

/** Posts, and edits every fourth. */
async function write(cluster: Cluster, acknowledged: Map<number, string>, random: Random): Promise<void> {
  for (let n = 0; n < WRITES / WRITERS; n++) {
    const id = await post(cluster, randomUUID(), acknowledged, random);
    if (random.below(4) > 0) continue;
    const text = randomUUID();
    await untilAcknowledged(cluster, random, 200, (api) =>
      api.put<Message>(`/message/${id}`, { text }, { as: KITTEN }),
    );
    acknowledged.set(id, text);
  }
}

async function post(
  cluster: Cluster,
  text: string,
  acknowledged: Map<number, string>,
  random: Random,
): Promise<number> {
  const headers = { 'idempotency-key': text };
  const { id } = await untilAcknowledged(cluster, random, 201, (api) =>
    api.post<Message>('/message', { text }, { as: KITTEN, headers }),
  );
  acknowledged.set(id, text);
  return id;
}

/** Tries again, wherever, as long as there is no answer. */
async function untilAcknowledged<Body>(
  cluster: Cluster,
  random: Random,
  wanted: number,
  call: (api: Api) => Promise<Answer<Body>>,
): Promise<Body> {
  for (;;) {
    const answer = await call(cluster.any(random)).catch(() => null);
    if (answer?.status === wanted) return answer.body;
    // A node that is gone, or a database that is away.
    if (answer) assert.equal(answer.status, 503, answer.text);
    if (answer) assert.ok(answer.headers.get('retry-after'), 'Retry-After');
    await sleep(50);
  }
}

/** What a reader was told. */
interface History {
  readonly copy: BoardCopy;
  /** The ids of new messages, in the order in which they came. */
  readonly told: readonly number[];
  /** The ticks of edits, likewise. */
  readonly changed: readonly number[];
}

/** Goes from node to node, wherever it is cut off, until it is told of the end. */
async function read(cluster: Cluster, random: Random): Promise<History> {
  const copy = new BoardCopy();
  const [told, changed]: [number[], number[]] = [[], []];
  let lastId = '0';
  for (let isOver = false; !isOver; ) {
    let left = 1 + random.below(100);
    const onEvent = (event: StreamEvent, self: StreamReader) => {
      copy.apply(event);
      if (event.type === 'message') told.push(event.message.id);
      if (event.type === 'edit') changed.push(event.message.seq);
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
  return { copy, told, changed };
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

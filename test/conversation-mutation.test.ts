import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test from 'node:test';
import { nodeHandler } from '../src/index.ts';
import type { Message } from '../src/model/message.ts';
import { Api, basic, type Person } from './support/api.ts';
import { atEnd } from './support/cleanup.ts';
import { within } from './support/eventually.ts';
import { answersIn } from './support/http-answers.ts';
import { Random } from './support/random.ts';
import type { RawAnswer } from './support/raw-socket.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';
import { openStream } from './support/stream-reader.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const CONVERSATIONS = numberSetting('MSGBOARD_CONVERSATIONS', 300);
const CONTROL_CONVERSATIONS = 3000;

/** A board that is talked to in bytes. */
interface Talk {
  readonly api: Api;
  readonly kitten: Person;
  /** The message that is edited over and over. */
  readonly id: number;
}

test(`${CONVERSATIONS} conversations with bytes changed: each is answered in order or ended, and what was answered is so`, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const { api, url } = await startTestServer(t);
  const talk = await begin(api);
  const reader = await openStream(url);
  const statuses = new Set<number>();
  const random = new Random(SEED);
  // What somebody posts who hangs up may be there only when another one talks.
  const posted = new Set<number>();

  for (let n = 0; n < CONVERSATIONS; n++) {
    const bytes = mutated(conversation(talk, n), random);
    const { fault, answers, there } = await judge(talk, n, bytes);
    assert.equal(fault, null, `MSGBOARD_SEED=${SEED}, conversation ${n}: ${fault}\n${bytes}`);
    for (const { status } of answers) statuses.add(status);
    for (const id of there) posted.add(id);
  }
  for (const status of [200, 201, 400, 401, 404])
    assert.ok(statuses.has(status), `no ${status} among ${[...statuses]}`);
  const last = await api.say(talk.kitten, 'The end.');
  while (reader.events.at(-1)?.message?.id !== last.id) await reader.take(1);
  for (const { id } of (await stateOf(api, talk.id)).messages) if (id <= last.id) posted.add(id);
  posted.delete(talk.id);
  const told = reader.events.filter(({ type }) => type === 'message').map(({ message }) => message?.id);
  assert.deepEqual(told, [...posted], 'who was listening all the time heard of each');
  reader.cut();
});

test('a server that answers what is broken at once, before what is whole, is found out', async (t) => {
  const { api, board } = await startTestServer(t);
  const talk = await begin(api);
  const handle = await nodeHandler(board);
  // This is what Node does by itself, where nobody says otherwise.
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, async () => {
    server.close();
    server.closeAllConnections();
    await handle.close();
  });
  const { port } = server.address() as AddressInfo;
  const hasty = { ...talk, api: new Api(`http://127.0.0.1:${port}`) };

  const random = new Random(SEED);
  for (let n = 0; n < CONTROL_CONVERSATIONS; n++) {
    if ((await judge(hasty, n, mutated(conversation(hasty, n), random))).fault !== null) return;
  }
  assert.fail(`nothing was found, MSGBOARD_SEED=${SEED}`);
});

async function begin(api: Api): Promise<Talk> {
  const kitten = await api.signUp('kitten');
  const { id } = await api.say(kitten, 'To be edited.');
  return { api, kitten, id };
}

/** What tells the messages of one conversation from those of an earlier one, whose client has hung up meanwhile. */
function mark(n: number): string {
  return `#${n}.`;
}

/** What a client sends on one connection, without waiting for answers. */
function conversation({ api, kitten, id }: Talk, n: number): Buffer {
  const head = (line: string) =>
    `${line} HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nAuthorization: ${basic(kitten)}\r\n`;
  const json = (text: string) =>
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  const end = ` two ${mark(n)}"}`;
  return Buffer.from(
    [
      `${head('GET /messages?limit=2')}\r\n`,
      head('POST /message') + json(`{"text":"One, 🐈 and\\r\\n all. ${mark(n)}","topics":["pets"]}`),
      `${head(`GET /message/${id}`)}If-None-Match: "1"\r\n\r\n`,
      `${head('POST /message')}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n10\r\n{"text":"chunks,\r\n${end.length.toString(16)}\r\n${end}\r\n0\r\n\r\n`,
      head(`PUT /message/${id}`) + json(`{"text":"Edited. ${mark(n)}"}`),
      head('POST /message') + json(`{"text":"Three ${mark(n)}"}`),
      `${head('DELETE /message/999999')}\r\n`,
      `${head('GET /user')}Connection: close\r\n\r\n`,
    ].join(''),
  );
}

/** With one to three of its places changed. */
function mutated(original: Buffer, random: Random): Buffer {
  let bytes = original;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(bytes.length);
    const to = Math.min(bytes.length, at + 1 + random.below(random.chance(0.5) ? 3 : 80));
    const line = [bytes.lastIndexOf('\r\n', at) + 2, bytes.indexOf('\r\n', at) + 2 || bytes.length + 2] as const;
    const parts = random.pick<() => readonly Uint8Array[]>([
      () => [bytes.subarray(0, at), Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), bytes.subarray(at + 1)],
      () => [bytes.subarray(0, at), bytes.subarray(to)],
      () => [bytes.subarray(0, to), bytes.subarray(at)],
      () => [bytes.subarray(0, Math.max(0, line[0])), bytes.subarray(line[1])],
      () => [bytes.subarray(0, line[1]), bytes.subarray(Math.max(0, line[0]))],
      () => [bytes.subarray(0, at), Buffer.from([random.below(256)]), bytes.subarray(at)],
      () => [bytes.subarray(0, at)],
    ]);
    bytes = Buffer.concat(parts?.() ?? []);
    if (bytes.length === 0) return original.subarray(0, 1);
  }
  return bytes;
}

/** Sends it all, and compares what was answered with what came of it. */
async function judge(
  { api, id }: Talk,
  n: number,
  bytes: Buffer,
): Promise<{ fault: string | null; answers: RawAnswer[]; there: readonly number[] }> {
  const before = await stateOf(api, id);
  const received = await exchange(api.url, bytes);
  const after = await stateOf(api, id);
  let answers: RawAnswer[];
  try {
    answers = answersIn(received);
  } catch (error) {
    return { fault: `${error}`, answers: [], there: [] };
  }
  const posted = idsOf(answers);
  const ofEdits = answers
    .filter(({ status }) => status === 200)
    .map(({ text }) => (JSON.parse(text) as { seq?: number }).seq);
  const made = after.messages.filter((message) => !before.messages.some((each) => each.id === message.id));
  // Who says that no more comes may be hung up on before the answer; who is told that it was refused was refused.
  const mayBeUnknown = answers.at(-1)?.status !== 400 || answers.at(-1)?.headers.get('connection') !== 'close';
  const untold = made.filter((message) => message.text.includes(mark(n)) && !posted.includes(message.id)).map(idOf);
  const isEditTold =
    after.edited.seq === before.edited.seq ||
    ofEdits.includes(after.edited.seq) ||
    !after.edited.text.includes(mark(n));
  const faults = [
    ...answers.filter(({ status }) => status >= 500).map(({ status, text }) => `${status}: ${text}`),
    ...(posted.every((each) => made.map(idOf).includes(each))
      ? []
      : [`answered ${posted}, on the board ${made.map(idOf)}`]),
    ...((untold.length === 0 && isEditTold) || mayBeUnknown
      ? []
      : [`refused, and yet on the board: ${untold}, told of ${posted}`]),
  ];
  const there = [...before.messages, ...after.messages].map(idOf);
  return { fault: faults.length === 0 ? null : faults.join('; '), answers, there };
}

function idsOf(answers: readonly RawAnswer[]): number[] {
  return answers.filter(({ status }) => status === 201).map(({ text }) => (JSON.parse(text) as Message).id);
}

interface State {
  readonly messages: readonly Message[];
  readonly edited: Message;
}

/** The last messages, and the one that is edited; on a connection that is always the same. */
async function stateOf(api: Api, id: number): Promise<State> {
  const { body, status, text } = await api.get<Message[]>('/messages?limit=20&order=desc');
  assert.equal(status, 200, text);
  return { messages: body.reverse(), edited: (await api.get<Message>(`/message/${id}`)).body };
}

function idOf({ id }: Message): number {
  return id;
}

/** Sends, says that this is all, and reads to the end. */
async function exchange(url: string, bytes: Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('error', () => {});
  socket.end(bytes);
  try {
    await within(once(socket, 'close'), () => `an end after ${Buffer.concat(chunks)}`, 20_000);
  } finally {
    socket.destroy();
  }
  return Buffer.concat(chunks);
}

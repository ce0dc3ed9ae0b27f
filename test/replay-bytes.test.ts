/** Whoever catches up is sent JSON that no message was made for: byte by byte, it is the JSON of the messages. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { openBoard } from '../src/board/open-board.ts';
import type { Board, StreamFormat } from '../src/model/board.ts';
import { MAX_DATA_BYTES } from '../src/model/json.ts';
import type { MessageDraft } from '../src/model/message.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { numberSetting } from './support/settings.ts';

const RUNS = numberSetting('MSGBOARD_RUNS', 20);
const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const NAMES = ['kitten', 'Gänseblümchen', '猫'] as const;

const ODD = ['"', '\\', '/', '\b', '\f', '\n', '\r', '\t', '\u0001', '\u001f', '\u007f', '\u2028', '\u2029', '\ufeff'];
const unit = fc.oneof(
  fc.constantFrom(...ODD, '🐱', '<', 'é'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const anyText = fc.string({ unit, minLength: 1, maxLength: 30 });
const text = anyText.filter((each) => !each.includes('\0'));
const data = fc
  .dictionary(
    anyText.filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 3, stringUnit: unit }),
    { maxKeys: 4 },
  )
  .filter((each) => Buffer.byteLength(JSON.stringify(each)) <= MAX_DATA_BYTES);
const who = fc.constantFrom(...NAMES);

const operation = fc.oneof(
  fc.record({
    kind: fc.constant('post' as const),
    who,
    text,
    topics: fc.uniqueArray(text, { maxLength: 3 }),
    data: fc.option(data),
    to: fc.subarray([...NAMES]),
    answers: fc.option(fc.nat(30)),
  }),
  fc.record({ kind: fc.constant('edit' as const), which: fc.nat(30), text, data }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat(30) }),
  fc.record({ kind: fc.constant('account' as const), who, bio: text }),
);
type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** Does what can be done of it. */
async function run(board: Board, operation: Operation, posted: { id: number; by: string }[]): Promise<void> {
  if (operation.kind === 'account') return void (await board.as(operation.who).users.update({ bio: operation.bio }));
  if (operation.kind === 'post') {
    const { who, text, topics, data, to, answers } = operation;
    const draft: MessageDraft = { text, topics, ...(data && { data }) };
    const answered = answers === null ? undefined : posted[answers];
    const client = board.as(who).messages;
    const { id } = await client
      .post(answered ? { ...draft, replyTo: answered.id } : { ...draft, to })
      .catch(() => client.post(draft));
    return void posted.push({ id, by: who });
  }
  const message = posted[operation.which];
  if (!message) return;
  const { messages } = board.as(message.by);
  const change = operation.kind === 'edit' ? messages.edit(message.id, operation) : messages.delete(message.id);
  await change.catch(() => {});
}

/** What a stream is sent until it is live, without what says that. */
async function sent(board: Board, viewer: string | undefined, cursor: string, format: StreamFormat): Promise<string> {
  const chunks: Uint8Array[] = [];
  const live = Promise.withResolvers<void>();
  let close = () => {};
  const write = (chunk: Uint8Array) => {
    chunks.push(chunk);
    if (IDLE[format].test(Buffer.from(chunk).toString())) live.resolve();
  };
  await board.as(viewer).pipe({ cursor }, format, () => ({
    write,
    backlog: () => 0,
    drained: async () => {},
    end: () => {},
    cut: () => live.reject(new Error('it was cut')),
    onClose: (listener) => {
      close = listener;
    },
  }));
  await live.promise;
  close();
  return Buffer.concat(chunks.slice(format === 'sse' ? 1 : 0, -1)).toString();
}

const IDLE = { ndjson: /"type":"idle"/, sse: /^:\nid: [^\n]+\n\n$/ };

async function aBoard(scope: Scope): Promise<Board> {
  const board = await openBoard((await temporaryDatabase(scope)).at);
  atEnd(scope, () => board.close());
  for (const username of NAMES) await board.welcome({ username, bio: 'A \u2028 "cat".' });
  return board;
}

test('a replay has the bytes of the messages that it tells', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), fc.nat(30), async (operations, middle) => {
      const board = await aBoard(t);
      const posted: { id: number; by: string }[] = [];
      const cursors = ['0'];
      for (const [index, operation] of operations.entries()) {
        await run(board, operation, posted);
        if (index === middle) cursors.push((await board.as().messages.list({ limit: 1 })).cursor);
      }
      for (const cursor of cursors) {
        for (const viewer of [undefined, ...NAMES]) {
          const { events } = await board.as(viewer).poll({ cursor });
          for (const format of ['ndjson', 'sse'] as const) {
            const wanted = Buffer.from(board.encode(events, format)).toString();
            assert.equal(await sent(board, viewer, cursor, format), wanted, `${viewer}, from ${cursor}, ${format}`);
          }
        }
      }
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: false },
  );
});

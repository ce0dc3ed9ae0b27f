/** Every filter, order and direction, and streams by the same filters, against a board that looks through all it has. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openBoard } from '../src/board/open-board.ts';
import type { StreamEvent } from '../src/model/change.ts';
import type { ListQuery } from '../src/model/client.ts';
import type { Filter } from '../src/model/filter.ts';
import type { Message } from '../src/model/message.ts';
import type { Person } from './support/api.ts';
import { BoardModel } from './support/board-model.ts';
import { links } from './support/links.ts';
import { Random } from './support/random.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';

const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
const NAMES = ['ann', 'ben', 'cat', 'dan', 'eve', ...Array.from({ length: 10 }, (_, n) => `extra${n}`)];
const TOPICS = ['red', 'green', 'blue', '@ann'];
const OPERATIONS = 500;

const random = new Random(SEED);
const model = new BoardModel();
const { api, database } = await startTestServer(test);
const viewers: (Person | null)[] = [null];
for (const name of NAMES) viewers.push(await api.signUp(name));
await fill();

/** Posts, answers, edits and deletes at random, on the board and in the model. */
async function fill(): Promise<void> {
  const board = await openBoard(database.at);
  for (let n = 0; n < OPERATIONS; n++) {
    const by = NAMES[random.chance(0.9) ? random.below(5) : random.below(NAMES.length)] ?? 'ann';
    const client = board.as(by).messages;
    const own = random.pick(model.messages.filter((message) => message.by === by && !message.isDeleted));
    const what = random.next();
    if (own && what < 0.12) {
      await client.delete(own.id);
      own.isDeleted = true;
    } else if (own && what < 0.2) {
      own.text = `edited ${n}`;
      await client.edit(own.id, { text: own.text });
    } else {
      const draft = draftOf(by, n, what);
      const { id, topics, replyTo, thread, to } = await client.post(draft);
      const people = to.length === 0 ? null : [...new Set([by, ...to])];
      model.messages.push({ id, by, text: draft.text, topics, replyTo, thread, people, isDeleted: false });
    }
  }
  await board.close();
}

function draftOf(by: string, n: number, what: number) {
  const topics = TOPICS.filter(() => random.chance(0.3));
  const answered = random.pick(model.selected(by, {}));
  if (answered && what < 0.5) return { text: `answer ${n}`, replyTo: answered.id, topics };
  const to = what < 0.75 ? [] : NAMES.slice(0, 3).filter(() => random.chance(0.5));
  return { text: `message ${n}`, topics, to };
}

const someone = () => random.pick(model.messages)?.id ?? 1;
const fields: { readonly [Field in keyof Filter]: () => Filter[Field] } = {
  topic: () => (random.chance(0.5) ? [random.pick(TOPICS) ?? ''] : TOPICS.slice(1)),
  user: () =>
    random.chance(0.5) ? [NAMES[random.below(5)] ?? ''] : random.chance(0.5) ? NAMES.slice(1, 3) : NAMES.slice(1),
  thread: () => random.pick(model.messages)?.thread ?? 1,
  replyTo: () =>
    random.chance(0.5) ? 'none' : (random.pick(model.messages.filter(({ replyTo }) => replyTo))?.replyTo ?? 1),
  with: () => [NAMES[random.below(3)] ?? '', ...NAMES.slice(0, 3).filter(() => random.chance(0.3))],
  visibility: () => random.pick(['public', 'private', 'all'] as const),
};
const names = Object.keys(fields) as (keyof Filter)[];

/** Each combination of fields. */
const filters = Array.from({ length: 2 ** names.length }, (_, bits) => names.filter((_name, n) => (bits >> n) & 1)).map(
  (chosen) => ({
    name: chosen.join(' and ') || 'nothing',
    make: () => Object.fromEntries(chosen.map((field) => [field, fields[field]?.()])) as Filter,
  }),
);

function pathOf(path: string, query: object): string {
  const parameters = Object.entries(query).flatMap(([field, value]) =>
    [value].flat().map((each): [string, string] => [field, String(each)]),
  );
  return `${path}?${new URLSearchParams(parameters)}`;
}

/** Whoever asks with `with` needs credentials. */
function viewerFor(filter: Filter): Person | null {
  const able = viewers.filter((viewer) => viewer !== null || filter.with === undefined);
  return able[random.below(Math.min(able.length, 5))] ?? null;
}

const shown = ({ id, text, posts, latest }: Message) => [id, text, posts, latest?.id ?? null];

for (const { name, make } of filters) {
  test(`lists by ${name} are what looking through everything gives`, async (t) => {
    t.diagnostic(`MSGBOARD_SEED=${SEED}`);
    for (const order of ['asc', 'desc', 'active'] as const) {
      for (const marks of [
        {},
        { after: someone() },
        { before: someone() },
        { after: someone(), before: someone() },
        { offset: random.below(20) },
      ]) {
        const query: ListQuery = { ...make(), order, ...marks, limit: 1 + random.below(15) };
        const as = viewerFor(query) ?? undefined;
        const path = pathOf('/messages', query);
        const page = await api.get<Message[]>(path, { as });
        const about = `${as?.username} ${path}, MSGBOARD_SEED=${SEED}`;
        assert.equal(page.status, 200, `${about}: ${page.text}`);
        assert.deepEqual(page.body.map(shown), model.page(as?.username ?? null, query), about);
      }
    }
  });

  test(`Link leads through all by ${name}, and back`, async () => {
    for (const order of ['asc', 'desc', 'active'] as const) {
      const query: ListQuery = { ...make(), order, limit: 7 };
      const as = viewerFor(query) ?? undefined;
      const all = model.page(as?.username ?? null, { ...query, limit: 1000 });
      const about = `${as?.username} ${pathOf('/messages', query)}, MSGBOARD_SEED=${SEED}`;

      const there = [await api.get<Message[]>(pathOf('/messages', query), { as })];
      for (let next = links(there[0]?.headers ?? new Headers(), '/messages')['next']; next; ) {
        const page = await api.get<Message[]>(next, { as });
        there.push(page);
        next = links(page.headers, '/messages')['next'];
      }
      assert.deepEqual(
        there.flatMap(({ body }) => body.map(shown)),
        all,
        about,
      );

      const last = there.findLast(({ body }) => body.length > 0);
      const back = last ? [last.body] : [];
      for (let prev = last && links(last.headers, '/messages')['prev']; prev; ) {
        const page = await api.get<Message[]>(prev, { as });
        back.unshift(page.body);
        prev = links(page.headers, '/messages')['prev'];
      }
      assert.deepEqual(
        back.flatMap((page) => page.map(shown)),
        all,
        `back: ${about}`,
      );
    }
  });

  test(`catching up by ${name} from 0 gives what the list gives`, async () => {
    const filter = make();
    const as = viewerFor(filter) ?? undefined;
    const poll = await api.get<StreamEvent[]>(pathOf('/stream', { ...filter, poll: 1, after: 0 }), {
      as,
      headers: { accept: 'application/json' },
    });
    const about = `${as?.username} ${pathOf('/stream', filter)}, MSGBOARD_SEED=${SEED}`;
    assert.equal(poll.status, 200, `${about}: ${poll.text}`);
    assert.deepEqual(
      poll.body.map(({ type, message }) => [type, message?.id, message && 'text' in message && message.text]),
      model.selected(as?.username ?? null, filter).map(({ id, text }) => ['message', id, text]),
      about,
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message, MessageDraft } from '../src/model/message.ts';
import type { Topic } from '../src/model/topic.ts';
import type { User } from '../src/model/user.ts';
import { type Answer, type Api, basic, type Person } from './support/api.ts';
import type { Scope } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { ModelBoard } from './support/model-board.ts';
import type { Page, Place, Told, Verdict, View } from './support/model-views.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';
import { openStream, type StreamReader } from './support/stream-reader.ts';

const RUNS = numberSetting('MSGBOARD_RUNS', 25);
const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));

const NAMES = ['kitten', 'puppy', 'mouse'] as const;
const TOPICS = ['pets', 'Pets', '@kitten', 'no topic'] as const;

/** A reader that comes now and then. */
interface Visitor {
  readonly view: View;
  place: Place;
  cursor: string;
}

/** A reader that stays. */
interface Listener {
  readonly stream: StreamReader;
  readonly told: readonly Told[];
}

interface Real {
  readonly api: Api;
  readonly visitors: Visitor[];
  readonly listeners: Listener[];
}

type Command = fc.AsyncCommand<ModelBoard, Real>;

/** Runs on both, and compares status and body. */
function command(what: string, run: (model: ModelBoard, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => what };
}

function same(answer: Answer<unknown>, { status, body }: Verdict, shape: (body: never) => unknown, what: string): void {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  if (body !== undefined) assert.deepEqual(shape(answer.body as never), body, what);
}

const name = fc.constantFrom(...NAMES);
const who = fc.option(name, { freq: 8 });
const id = fc.integer({ min: 1, max: 40 });
const seq = fc.option(id, { freq: 2 });
const text = fc.constantFrom('one', 'two', 'three\r\nid: 1\n\n', '\u2028 data: 🐱');
const topics = fc.subarray([...TOPICS]);
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });

const draft: fc.Arbitrary<MessageDraft> = fc
  .record({
    text,
    topics: optional(topics),
    replyTo: optional(id),
    to: optional(fc.subarray(['kitten', 'puppy', 'mouse', 'nobody'], { maxLength: 2 })),
  })
  .map(defined);

const filter = fc
  .record({
    topic: optional(fc.constantFrom(...TOPICS)),
    user: optional(fc.constantFrom('kitten', 'puppy')),
    thread: optional(id),
    replyTo: optional(fc.oneof(id, fc.constant('none' as const))),
    with: optional(name),
    visibility: optional(fc.constantFrom('public' as const, 'private' as const)),
  })
  .map(defined);

const page = fc
  .record({ limit: fc.integer({ min: 1, max: 8 }), after: optional(id), before: optional(id) })
  .map(defined);

const signUp = name.map((username) =>
  command(`${username} signs up`, async (model, { api }) => {
    const answer = await api.post('/user', { username, password: 'yarn' });
    same(answer, model.signUp(username), (body) => body, 'sign-up');
  }),
);

const changeBio = fc.tuple(who, fc.constantFrom('a pet', 'a beast')).map(([by, bio]) =>
  command(`${by} changes the bio to ${bio}`, async (model, { api }) => {
    const answer = await api.patch('/user', { bio }, { as: personOf(model, by) });
    same(answer, model.changeBio(by, bio), (user: User) => user.bio, 'bio');
  }),
);

const post = fc.tuple(who, draft).map(([by, json]) =>
  command(`${by} posts ${JSON.stringify(json)}`, async (model, { api }) => {
    const answer = await api.post('/message', json, { as: personOf(model, by) });
    same(answer, model.post(personOf(model, by)?.username ?? null, json), shown, 'post');
  }),
);

const edit = fc.tuple(who, id, text, seq).map(([by, target, newText, ifMatch]) =>
  command(`${by} edits ${target} to ${JSON.stringify(newText)} if ${ifMatch}`, async (model, { api }) => {
    const headers = ifMatch === null ? {} : { 'if-match': `"${ifMatch}"` };
    const answer = await api.put(`/message/${target}`, { text: newText }, { as: personOf(model, by), headers });
    same(answer, model.edit(personOf(model, by)?.username ?? null, target, newText, ifMatch), shown, 'edit');
  }),
);

const remove = fc.tuple(who, id, seq).map(([by, target, ifMatch]) =>
  command(`${by} deletes ${target} if ${ifMatch}`, async (model, { api }) => {
    const headers = ifMatch === null ? {} : { 'if-match': `"${ifMatch}"` };
    const answer = await api.delete(`/message/${target}`, { as: personOf(model, by), headers });
    same(answer, model.remove(personOf(model, by)?.username ?? null, target, ifMatch), shown, 'delete');
  }),
);

const read = fc.tuple(who, id).map(([by, target]) =>
  command(`${by} reads ${target}`, async (model, { api }) => {
    const answer = await api.get(`/message/${target}`, { as: personOf(model, by) });
    same(answer, model.get(personOf(model, by)?.username ?? null, target), shown, 'read');
  }),
);

const list = fc
  .tuple(who, filter, page, fc.constantFrom('asc' as const, 'desc' as const))
  .map(([by, fields, span, order]) =>
    command(`${by} lists ${JSON.stringify({ ...fields, ...span, order })}`, async (model, { api }) => {
      if (!isKnown(model, fields)) return;
      const query: Page = { viewer: personOf(model, by)?.username ?? null, ...fields, ...span, order };
      same(
        await api.get(`/messages?${parameters(query)}`, { as: personOf(model, by) }),
        model.list(query),
        (all: Message[]) => all.map(shown),
        'list',
      );
    }),
  );

const listThreads = fc
  .tuple(who, optional(fc.constantFrom('public' as const, 'private' as const)), page)
  .map(([by, visibility, span]) =>
    command(`${by} lists threads ${JSON.stringify({ visibility, ...span })}`, async (model, { api }) => {
      const query: Page = {
        viewer: personOf(model, by)?.username ?? null,
        ...defined({ visibility }),
        ...span,
        order: 'active',
      };
      same(
        await api.get(`/messages?${parameters(query)}`, { as: personOf(model, by) }),
        model.list(query),
        (all: Message[]) => all.map(shown),
        'threads',
      );
    }),
  );

const listTopics = fc.constant(
  command('topics', async (model, { api }) => {
    const shape = (all: Topic[]) => all.map(({ topic, threads, posts, latest }) => [topic, threads, posts, latest.id]);
    same(await api.get('/topics?limit=100'), model.topics(), shape, 'topics');
  }),
);

const visit = fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 6 })).map(([which, limit]) =>
  command(`visitor ${which} catches up by ${limit}`, async (model, { api, visitors }) => {
    const visitor = visitors[which % visitors.length];
    if (!visitor || !isKnown(model, visitor.view)) return;
    const query = { ...visitor.view, poll: 1, after: visitor.cursor, limit };
    const answer = await api.get<StreamEvent[]>(`/stream?${parameters(query)}`, {
      as: personOf(model, visitor.view.viewer),
      headers: { accept: 'application/json' },
    });
    const { told, place } = model.since(visitor.place, visitor.view, limit);
    same(answer, { status: 200, body: told }, (events: StreamEvent[]) => events.map(toldBy), 'poll');
    visitor.place = place;
    visitor.cursor = answer.headers.get('last-event-id') ?? '';
  }),
);

const arrive = fc.tuple(who, filter, fc.boolean()).map(([by, fields, stays]) =>
  command(
    `${by} ${stays ? 'listens to' : 'visits'} ${JSON.stringify(fields)}`,
    async (model, { api, visitors, listeners }) => {
      const person = personOf(model, by);
      if (!isKnown(model, fields) || (fields.with !== undefined && !person)) return;
      const view: View = { viewer: person?.username ?? null, ...fields };
      if (!stays) return void visitors.push({ view, place: { id: 0, seq: 0 }, cursor: '0' });
      const headers = person ? { authorization: basic(person) } : {};
      const stream = await openStream(api.url, `/stream?${parameters(view)}`, {
        format: listeners.length % 2 ? 'sse' : 'ndjson',
        headers,
      });
      await stream.cursor();
      listeners.push({ stream, told: model.follow(view) });
    },
  ),
);

test(`the real board answers as a plain model of it does, in ${RUNS} random histories`, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const commands = fc.commands(
    [signUp, changeBio, post, post, post, edit, remove, read, list, listThreads, listTopics, visit, visit, arrive],
    {
      maxCommands: 80,
      size: 'max',
    },
  );
  const property = fc.asyncProperty(commands, async (history) => {
    // Each history has a board of its own, which ends with it.
    const ends: (() => Promise<void>)[] = [];
    try {
      await play({ after: (end) => void ends.push(end) }, history);
    } finally {
      for (const end of ends) await end();
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS });
});

async function play(t: Scope, history: Iterable<Command>): Promise<void> {
  const { api } = await startTestServer(t);
  const model = new ModelBoard();
  const real: Real = { api, visitors: [], listeners: [] };
  for (const username of NAMES.slice(0, 2)) {
    await api.signUp(username);
    model.signUp(username);
  }
  await fc.asyncModelRun(() => ({ model, real }), history);
  for (const { stream, told } of real.listeners) {
    await eventually(() => assert.deepEqual(stream.events.map(toldBy), told, 'a live stream'));
    stream.cut();
  }
}

function personOf(model: ModelBoard, username: string | null): Person | undefined {
  return username !== null && model.people.has(username) ? { username, password: 'yarn' } : undefined;
}

/** A name that nobody has is bad input to a filter. */
function isKnown(model: ModelBoard, { user, with: partner }: Omit<View, 'viewer'>): boolean {
  return [user, partner].every((each) => each === undefined || model.people.has(each));
}

function parameters({ viewer: _, ...query }: View & object): string {
  return `${new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]))}`;
}

function toldBy({ type, message }: StreamEvent): unknown {
  return [type, message?.id, message?.seq];
}

/** What of a message the model knows. */
function shown({ id, seq, text, user, edited, topics, replyTo, thread, replies, to, posts, latest }: Message): unknown {
  const author = [user.username, user.bio];
  const isEdited = edited !== null;
  return {
    id,
    seq,
    text,
    user: author,
    topics,
    replyTo,
    thread,
    to: [...to].sort(),
    replies,
    isEdited,
    posts,
    latest: latest?.id ?? null,
  };
}

function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

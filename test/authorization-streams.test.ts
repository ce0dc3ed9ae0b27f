import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import type { Topic } from '../src/model/topic.ts';
import { castByPassword, operatorToken, ROLES, type Role } from './support/cast.ts';
import { assertProblem } from './support/problem.ts';
import { startTestServer } from './support/server.ts';
import { openStream, type StreamReader } from './support/stream-reader.ts';

const server = await startTestServer(test, { operatorToken });
const { api, board, url } = server;
const { headers } = await castByPassword(server);

const people = { to: ['recipient', 'moderator', 'banned'], topics: ['secret'] };
const insiders: readonly Role[] = ['author', 'recipient', 'moderator'];

/** The messages, and who sees each. Their texts are found nowhere else. */
const seenBy: Readonly<Record<string, readonly Role[]>> = {
  toAll: ROLES.filter((role) => role !== 'banned'),
  betweenUs: insiders,
  toMyself: ['author'],
  stillBetweenUs: insiders,
};
const texts = Object.keys(seenBy);
const readers = ROLES.filter((role) => role !== 'banned');
const textsFor = (role: Role) => texts.filter((text) => seenBy[text]?.includes(role));

/** The ways to read live, each for those who have the credentials for it. */
type Open = (role: Role) => Promise<StreamReader | null>;
const ways: Readonly<Record<string, Open>> = {
  'server-sent events': (role) => openStream(url, '/stream', { headers: headers[role] }),
  NDJSON: (role) => openStream(url, '/stream', { headers: headers[role], format: 'ndjson' }),
  'catching up': (role) => openStream(url, '/stream?after=0', { headers: headers[role] }),
  'a filter': (role) => openStream(url, '/stream?user=author&user=recipient', { headers: headers[role] }),
  async 'a token in the URL'(role) {
    if (role === 'nobody' || role === 'operator') return null;
    const { token } = await board.asOperator().sessions.open({ username: role, stream: true });
    return openStream(url, `/stream?token=${token}`);
  },
};

const poll = async (role: Role, after: string) =>
  (await api.get<StreamEvent[]>(`/stream?poll=1&after=${after}`, { headers: { ...headers[role], ...json } })).body;
const json = { accept: 'application/json' };

/** The id of each message by its text, once it is posted. */
const ids: Record<string, number> = {};
const idsFor = (role: Role) => textsFor(role).map((text) => ids[text]);

/** A step of the messages' lives, and how it is told to who was there and to who comes later. */
const steps = [
  {
    name: 'what is posted',
    type: 'message',
    isLeft: true,
    async take() {
      const { messages } = board.as('author');
      const post = async (text: string, by: typeof messages, draft: object) => {
        ids[text] = (await by.post({ text, ...draft })).id;
      };
      await post('toAll', messages, {});
      await post('betweenUs', messages, people);
      await post('toMyself', messages, { to: ['author'] });
      await post('stillBetweenUs', board.as('recipient').messages, { replyTo: ids['betweenUs'] });
    },
  },
  {
    name: 'what is edited',
    type: 'edit',
    isLeft: true,
    take: () => each((by, id, text) => by.edit(id, { text: `${text}, edited` })),
  },
  {
    name: 'what is deleted',
    type: 'delete',
    isLeft: false,
    take: () => each((by, id) => by.delete(id)),
  },
] as const;

async function each(
  change: (by: ReturnType<typeof board.as>['messages'], id: number, text: string) => Promise<unknown>,
) {
  for (const text of texts) {
    const by = board.as(text === 'stillBetweenUs' ? 'recipient' : 'author').messages;
    await change(by, ids[text] ?? 0, text);
  }
}

const types = (events: readonly StreamEvent[]) => events.map(({ type, message }) => [type, message?.id]);

test('each is told of what they may see, live and catching up, and of nothing else', async (t) => {
  const live = new Map<string, { role: Role; reader: StreamReader }>();
  for (const [way, open] of Object.entries(ways)) {
    for (const role of readers) {
      const reader = await open(role);
      if (!reader) continue;
      await reader.cursor();
      live.set(`${role} by ${way}`, { role, reader });
    }
  }

  for (const { name, type, isLeft, take } of steps) {
    const before = await api.cursor();
    await take();
    // Everybody sees this one last, so whoever has it has all that came before.
    const { id: last } = await board.as('author').messages.post({ text: 'The end.' });

    for (const [who, { role, reader }] of live) {
      await t.test(`${name}, to ${who}`, async () => {
        const events = await reader.take(idsFor(role).length + 1);
        assert.deepEqual(types(events), [...idsFor(role).map((id) => [type, id]), ['message', last]]);
      });
    }
    for (const role of readers) {
      await t.test(`${name}, to ${role} who comes later`, async () => {
        const events = types(await poll(role, before));
        const known = type === 'message' ? [] : idsFor(role).map((id) => [type, id]);
        const fresh = type === 'message' ? idsFor(role).map((id) => ['message', id]) : [];
        assert.deepEqual(events, [...known, ...fresh, ['message', last]]);

        const all = types(await poll(role, '0')).filter(([, id]) => Object.values(ids).includes(Number(id)));
        assert.deepEqual(all, isLeft ? idsFor(role).map((id) => ['message', id]) : []);
      });
      if (isLeft) await t.test(`${name}, in lists for ${role}`, () => readLists(role));
    }
  }

  for (const [who, { role, reader }] of live) {
    await t.test(`no byte of the rest has come to ${who}`, () => {
      for (const text of texts) assert.equal(reader.raw.includes(text), textsFor(role).includes(text), text);
      assert.equal(reader.raw.includes('secret'), insiders.includes(role));
    });
    reader.cut();
  }
});

/** Whatever a list tells: messages, threads, topics, counts. */
async function readLists(role: Role): Promise<void> {
  const read = async <Body>(path: string) => (await api.get<Body>(path, { headers: headers[role] })).body;
  const found = async (path: string) => {
    const messages = await read<Message[]>(path);
    return messages.map(({ id }) => id).filter((id) => Object.values(ids).includes(id));
  };
  const mine = idsFor(role);
  const inThread = insiders.includes(role) ? [ids['betweenUs'], ids['stillBetweenUs']] : [];

  assert.deepEqual(await found('/messages'), mine);
  assert.deepEqual(await found('/messages?visibility=private'), mine.slice(1));
  assert.deepEqual(await found('/messages?visibility=public'), [ids['toAll']]);
  assert.deepEqual(await found('/messages?topic=secret'), inThread);
  assert.deepEqual(await found(`/messages?thread=${ids['betweenUs']}`), inThread);
  assert.deepEqual(await found(`/messages?replyTo=${ids['betweenUs']}`), inThread.slice(1));
  assert.deepEqual(
    (await found('/messages?order=active')).sort((left, right) => left - right),
    mine.filter((id) => id !== ids['stillBetweenUs']),
  );
  const topics = await read<Topic[]>('/topics?prefix=secret');
  assert.deepEqual(topics, [], 'the topics of private messages are on no list');
  const everything = await Promise.all(
    ['/messages?limit=100', '/messages?order=active', '/topics', '/users'].map((path) => read(path)),
  );
  for (const text of texts.filter((each) => !textsFor(role).includes(each))) {
    assert.ok(!JSON.stringify(everything).includes(text), text);
  }
}

test('who is banned hears nothing, by whichever way they come', async () => {
  for (const path of ['/stream', '/stream?after=0', '/stream?poll=1', '/stream?poll=1&after=0', '/messages']) {
    for (const accept of ['text/event-stream', 'application/x-ndjson', 'application/json']) {
      assertProblem(await api.get(path, { headers: { ...headers.banned, accept } }), 401);
    }
  }
});

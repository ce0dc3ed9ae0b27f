import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/model/message.ts';
import { type Api, basic, type Person } from './support/api.ts';
import { startTestServer } from './support/server.ts';
import { openStream } from './support/stream-reader.ts';

/** What would end a line, an event or an object, where somebody put it there unescaped. */
const FORGERY =
  'x\r\rid: 666\r\nevent: delete\ndata: {"id":1}\n\n{"cursor":"1","type":"reset"}\n\u2028\u2029\u0085\v\f: \u{FEFF}"}\\';

const DATA = {
  [FORGERY]: [FORGERY, { constructor: { prototype: FORGERY }, toString: null, hasOwnProperty: 1 }],
  'nul\0': '\0',
};

type Write = (api: Api, kitten: Person) => Promise<unknown>;

const draft = { text: FORGERY, topics: [FORGERY.slice(0, 90)], data: DATA };

/** Each way in which something gets to readers. */
const WRITES: readonly (readonly [name: string, write: Write])[] = [
  ['POST /message', (api, kitten) => api.say(kitten, draft)],
  ['POST /messages', (api, kitten) => api.sayAll(kitten, [draft, draft])],
  [
    'POST /messages in lines',
    (api, as) => {
      const headers = { authorization: basic(as), 'content-type': 'application/x-ndjson' };
      return api.call('POST', '/messages', { headers, raw: `${JSON.stringify(draft)}\n${JSON.stringify(draft)}\n` });
    },
  ],
  ['a private message', (api, kitten) => api.say(kitten, { ...draft, to: ['kitten'] })],
  ['PUT /message/:id', (api, as) => api.put('/message/1', { text: `${FORGERY}!`, data: DATA }, { as })],
  [
    'PATCH /user',
    async (api, as) => {
      await api.patch('/user', { bio: FORGERY, data: DATA }, { as });
      await api.say(as, 'By somebody new.');
    },
  ],
  ['DELETE /message/:id', async (api, as) => api.delete(`/message/${(await api.say(as, draft)).id}`, { as })],
];

for (const format of ['sse', 'ndjson'] as const) {
  for (const [name, write] of WRITES) {
    test(`${name}: whatever is in it, a stream of ${format} tells it as it is, live and caught up`, async (t) => {
      const { api, url } = await startTestServer(t);
      const kitten = await api.signUp('kitten', { bio: FORGERY, data: DATA });
      await api.say(kitten, 'First.');
      const options = { format, headers: { authorization: basic(kitten) } };
      const live = await openStream(url, '/stream', options);
      await write(api, kitten);
      const last = await api.say(kitten, 'Last.');
      const caughtUp = await openStream(url, '/stream?after=0', options);

      const page = await api.get<Message[]>('/messages?limit=100', { as: kitten });
      for (const reader of [live, caughtUp]) {
        while (reader.events.at(-1)?.message?.id !== last.id) await reader.take(1);
        for (const { cursor, type, message } of reader.events) {
          assert.match(cursor, /^[\d.]+-\w+$/);
          if (type === 'delete') continue;
          assert.ok(message && 'text' in message, 'nothing but what was written');
          const { text, topics, data, user } = message;
          const listed = page.body.find(({ id }) => id === message.id);
          if (listed) assert.deepEqual({ text, topics, data, user }, of(listed));
        }
        reader.cut();
      }
      assert.deepEqual(
        caughtUp.events.map(({ message }) => message?.id),
        page.body.map(({ id }) => id),
      );
    });
  }
}

test('names of prototypes are names like any other, and change nothing', async (t) => {
  const { api } = await startTestServer(t);
  const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__', 'prototype'];
  const data = Object.fromEntries(names.map((name) => [name, { polluted: true }]));
  for (const name of names) {
    const person = await api.signUp(name, { data });
    const message = await api.say(person, { text: name, topics: [name], data, to: [name] });
    const { body } = await api.get<Message>(`/message/${message.id}`, { as: person });
    assert.deepEqual([body.data, body.topics, body.to, body.user.username], [data, [name], [name], name]);
    const found = await api.get<Message[]>(`/messages?topic=${name}&user=${name}`, { as: person });
    assert.deepEqual(
      found.body.map(({ id }) => id),
      [message.id],
    );
  }
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('what a cache or an index could take for the same stays apart', async (t) => {
  const { api } = await startTestServer(t);
  const alike = [
    '1',
    '01',
    '1 ',
    ' 1',
    '1.0',
    'é',
    'e\u0301',
    'ß',
    'ss',
    'SS',
    'a,b',
    'a',
    'b',
    '[]',
    'null',
    'undefined',
    'K',
    '\u212a',
    'x\u200b',
    'x',
  ];
  const kitten = await api.signUp('kitten');
  const ids = new Map<string, number>();
  for (const topic of alike) ids.set(topic, (await api.say(kitten, { text: topic, topics: [topic] })).id);
  // Asked for twice, so that the second answer may come out of memory.
  for (const topic of [...alike, ...alike]) {
    const { body } = await api.get<Message[]>(`/messages?topic=${encodeURIComponent(topic)}`);
    assert.deepEqual(
      body.map(({ id }) => id),
      [ids.get(topic)],
      JSON.stringify(topic),
    );
  }
  const { id } = await api.say(kitten, 'One.');
  assert.equal((await api.get('/messages?user=1')).text, (await api.get('/messages?user=kitten')).text);
  assert.equal((await api.get<Message[]>(`/messages?thread=${id}`)).body.length, 1);
  assert.equal((await api.get<Message[]>(`/messages?topic=${id}`)).body.length, 0);
});

function of({ text, topics, data, user }: Message) {
  return { text, topics, data, user };
}

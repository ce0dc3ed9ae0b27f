/** Lists by more people than a page has messages, some of whom write at length, some at times and some never. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { StreamEvent } from '../src/model/change.ts';
import type { Message } from '../src/model/message.ts';
import type { Person } from './support/api.ts';
import { links } from './support/links.ts';
import { startTestServer } from './support/server.ts';

const { api } = await startTestServer(test);
const people: Person[] = [];
for (let n = 0; n < 12; n++) people.push(await api.signUp(`p${n}`));
const reader = await api.signUp('reader');

// p0 at length, p1 to p5 and p9 to p11 in turn, p2 at length; p6, p7 and p8 never.
const WRITERS = [
  ...Array(9).fill(0),
  1,
  2,
  3,
  4,
  5,
  9,
  10,
  11,
  ...Array(9).fill(2),
  5,
  4,
  9,
  3,
  1,
  0,
  2,
  10,
  4,
  4,
  1,
  5,
];
let publicId = 0;
for (const [n, writer] of WRITERS.entries()) {
  const as = people[writer] ?? reader;
  if (n % 3 === 2) await api.say(as, { text: `${n}, privately`, to: ['reader'] });
  else if (n % 4 === 3) await api.say(as, { text: `${n}, answering`, replyTo: publicId });
  else publicId = (await api.say(as, `${n}`)).id;
}

const ASKED = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const byThem = ASKED.map((name) => `user=${name}`).join('&');
const isByThem = ({ user }: Message) => ASKED.includes(user.username);
const textsOf = (messages: readonly Message[]) => messages.map(({ text }) => text);

/** All pages, one after the other, by `Link`. */
async function allOf(path: string, as: Person | undefined): Promise<Message[]> {
  const all: Message[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: { status: number; text: string; body: Message[]; headers: Headers } = await api.get(next, { as });
    assert.equal(page.status, 200, page.text);
    all.push(...page.body);
    next = links(page.headers, path)['next'];
  }
  return all;
}

for (const order of ['asc', 'desc', 'active'])
  for (const filter of [
    '',
    '&replyTo=none',
    '&visibility=public',
    '&visibility=private',
    '&visibility=private&replyTo=none',
  ])
    for (const as of [undefined, reader]) {
      const name = `order=${order}${filter} to ${as?.username ?? 'anybody'}`;

      test(`pages by many people are the whole without the others: ${name}`, async () => {
        const whole = await allOf(`/messages?limit=100&order=${order}${filter}`, as);
        const expected = textsOf(whole.filter(isByThem));
        assert.ok(
          expected.length > 3 || (as === undefined && filter.includes('private')),
          `${expected.length} of them`,
        );

        assert.deepEqual(textsOf(await allOf(`/messages?limit=3&order=${order}${filter}&${byThem}`, as)), expected);
        const { body } = await api.get<Message[]>(`/messages?limit=3&offset=4&order=${order}${filter}&${byThem}`, {
          as,
        });
        assert.deepEqual(textsOf(body), expected.slice(4, 7));
      });
    }

test('a page by people who have nothing to say is empty', async () => {
  const { body } = await api.get<Message[]>('/messages?limit=2&user=p6&user=p7&user=p8', { as: reader });
  assert.deepEqual(body, []);
});

test('a poll by many people gives what they have written, page by page', async () => {
  const given: StreamEvent[] = [];
  for (let cursor = '0'; ; ) {
    const path = `/stream?poll=1&limit=3&after=${cursor}&${byThem}`;
    const page = await api.get<StreamEvent[]>(path, { as: reader, headers: { accept: 'application/json' } });
    assert.equal(page.status, 200, page.text);
    if (page.body.length === 0) break;
    given.push(...page.body);
    cursor = page.headers.get('last-event-id') ?? '';
  }
  const whole = await allOf('/messages?limit=100', reader);
  assert.deepEqual(
    given.map(({ message }) => message && 'text' in message && message.text),
    textsOf(whole.filter(isByThem)),
  );
});

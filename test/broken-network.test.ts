import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../src/model/client.ts';
import type { Message } from '../src/model/message.ts';
import { connect } from '../src/remote/connect.ts';
import { mirror } from '../src/remote/mirror.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { startCuttableProxy } from './support/cuttable-proxy.ts';
import { eventually } from './support/eventually.ts';
import { Random } from './support/random.ts';
import { startTestServer } from './support/server.ts';
import { numberSetting } from './support/settings.ts';

const SECONDS = numberSetting('MSGBOARD_CUT_SECONDS', 5);
const SEED = numberSetting('MSGBOARD_SEED', Math.floor(Math.random() * 1e9));
/** From one cut to the next the server sends about so much: heads, events whole and in part. */
const BYTES_BETWEEN_CUTS = 6000;

test(`through a network that breaks all the time for ${SECONDS} s, a mirror ends as the board is, and a stream tells each message once`, async (t) => {
  t.diagnostic(`MSGBOARD_SEED=${SEED}`);
  const random = new Random(SEED);
  const { url, api } = await startTestServer(t);
  const writer = connect(url, await api.signUp('kitten'));
  const proxy = await startCuttableProxy(t, url);
  const copy = mirror(connect(proxy.url), {}, { limit: 20 });
  atEnd(t, copy.close);
  const told = follow(t, connect(proxy.url));

  const posted: Message[] = [];
  const end = Date.now() + SECONDS * 1000;
  while (Date.now() < end) {
    proxy.cutAfter(random.below(BYTES_BETWEEN_CUTS));
    await changeSomething(writer, posted, random);
    await sleep(random.below(60));
  }
  proxy.cutAfter(null);
  t.diagnostic(`${proxy.cuts()} cuts, ${posted.length} messages`);
  assert.ok(proxy.cuts() >= SECONDS, `only ${proxy.cuts()} cuts`);

  const board = await api.board();
  // It may be that it only now gets its first page.
  await eventually(async () => {
    await copy.loadOlder();
    assert.deepEqual(contentOf(copy.getSnapshot().messages), contentOf(board));
  });
  await eventually(() => assert.equal(told.at(-1), board.at(-1)?.id));
  assert.deepEqual(
    told,
    [...new Set(told)].sort((left, right) => left - right),
    'each message comes once, in order',
  );
  assert.deepEqual(
    board.map(({ id }) => id).filter((id) => !told.includes(id)),
    [],
  );
});

/** Posts some messages, and now and then edits or deletes one of all. */
async function changeSomething(writer: Client, posted: Message[], random: Random): Promise<void> {
  const drafts = Array.from({ length: 1 + random.below(4) }, () => ({ text: '🐈'.repeat(1 + random.below(300)) }));
  posted.push(...(await writer.messages.postMany(drafts)));
  const one = random.pick(posted);
  if (!one) return;

  if (random.chance(0.4)) await writer.messages.edit(one.id, { text: `edited ${random.below(1e6)}` });
  if (random.chance(0.2)) {
    await writer.messages.delete(one.id);
    posted.splice(posted.indexOf(one), 1);
  }
}

/** The ids of the messages that a stream of the whole board has told, in their order; it goes on until the test ends. */
function follow(scope: Scope, client: Client): readonly number[] {
  const told: number[] = [];
  const stop = new AbortController();
  const ended = (async () => {
    for await (const { type, message } of client.stream({ cursor: '0' }, { signal: stop.signal })) {
      if (type === 'message') told.push(message.id);
    }
  })();
  atEnd(scope, async () => {
    stop.abort();
    await ended;
  });
  return told;
}

/** What a mirror holds exactly; `replies`, for one, is as of when a message was told. */
function contentOf(messages: readonly Message[]): (number | string | null)[][] {
  return messages.map(({ id, seq, text, edited }) => [id, seq, text, edited]);
}

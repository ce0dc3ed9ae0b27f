/** A stream without a cursor begins now, by the database's clock: a process without a bell hears of others' messages late. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { PRIVATE_SERVERS } from './support/private-servers.ts';
import { without } from './support/settings.ts';

/** Each process looks once a second, so that most of these are within one. */
const TIMES = 5;

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const server = await PRIVATE_SERVERS[kind].start(t);
    const { url } = await temporaryDatabase(t, server.url);
    const [one, other] = [await open(t, url), await open(t, url)];
    await one.as().users.create({ username: 'kitten', password: 'yarn' });
    const kitten = one.as('kitten');

    await t.test('a poll without a cursor has the one of the moment', async () => {
      for (let n = 0; n < TIMES; n++) {
        const { seq } = await kitten.messages.post({ text: `old ${n}` });
        const polls = await Promise.all(Array.from({ length: 20 }, () => other.as().poll()));
        for (const { cursor, events } of polls) {
          assert.match(cursor, new RegExp(`^${seq}-`));
          assert.deepEqual(events, []);
        }
      }
    });

    await t.test('a stream without a cursor tells nothing that was there before', async () => {
      for (let n = 0; n < TIMES; n++) {
        await kitten.messages.post({ text: `old ${n}` });
        let isOver = false;
        const poll = other
          .as()
          .poll({ wait: 60 })
          .finally(() => {
            isOver = true;
          });
        while (!isOver) await kitten.messages.post({ text: 'new' });
        const [event] = (await poll).events;
        assert.equal(event?.type === 'message' && event.message.text, 'new');
      }
    });
  });
}

async function open(t: TestContext, url: string): Promise<Board> {
  const board = await openBoard(url, { bell: 'poll' });
  atEnd(t, () => board.close());
  return board;
}

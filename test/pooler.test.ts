/** PgBouncer between msgboard and PostgreSQL. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Doorbell } from '../src/feed/doorbells/doorbell.ts';
import { postgresLine } from '../src/feed/doorbells/postgres.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS, startPooled } from './support/private-servers.ts';
import { startProgram } from './support/program.ts';
import { without } from './support/settings.ts';
import { openStream } from './support/stream-reader.ts';
import { takeTour, WHOLE_TOUR } from './support/tour.ts';

const skip = without(...PRIVATE_SERVERS.pooled.needs);

test('a pooler that swallows LISTEN delays news and loses none, and each node says so', { skip }, async (t) => {
  const server = await PRIVATE_SERVERS.pooled.start(t);
  const { url } = await temporaryDatabase(t, server.url);
  const args = ['--port', '0', '--host', '127.0.0.1', '--database', url];
  const nodes = [await startProgram(t, args), await startProgram(t, args)] as const;
  assert.deepEqual(await takeTour(nodes[0].url), WHOLE_TOUR);

  const kitten = await nodes[0].api.signUp('kitten');
  const now = (await nodes[0].api.get('/messages')).headers.get('last-event-id');
  const readers = await Promise.all(nodes.map((node) => openStream(node.url, `/stream?after=${now}`)));

  const posted: number[] = [];
  const writers = Array.from({ length: 20 }, async (_, n) => {
    for (const node of nodes) posted.push((await node.api.say(kitten, `${n}`)).id);
  });
  await Promise.all(writers);
  posted.sort((one, other) => one - other);
  for (const reader of readers) {
    await reader.take(posted.length);
    assert.deepEqual(
      reader.events.map((event) => event.type === 'message' && event.message.id),
      posted,
    );
    reader.cut();
  }

  for (const { api, output } of nodes) {
    await eventually(async () => assert.match((await api.get('/metrics')).text, /^msgboard_bell_in_order 0$/m));
    // An answer may overtake what the program has written to its output.
    await eventually(() =>
      assert.match(output(), /The doorbell is out of order, so news may take a second: its own ring is not heard/),
    );
  }
});

test('a pooler that keeps sessions apart lets the bell ring', { skip }, async (t) => {
  const server = await startPooled(t, 'session');
  const { url } = await temporaryDatabase(t, server.url);
  const [one, other] = [await hang(t, url), await hang(t, url)];
  await eventually(() => assert.ok(one.rings() > 1, 'the first ring of the other'));
  const before = other.rings();
  one.ring();
  await eventually(() => assert.ok(other.rings() > before));
  assert.deepEqual([...one.troubles, ...other.troubles], []);
});

interface Bell {
  ring(): void;
  rings(): number;
  readonly troubles: readonly string[];
}

async function hang(scope: Scope, url: string): Promise<Bell> {
  let rings = 0;
  const troubles: string[] = [];
  const bell = new Doorbell(await postgresLine(url), {
    onRing: () => {
      rings += 1;
    },
    onTrouble: (sentence) => troubles.push(sentence),
  });
  atEnd(scope, () => bell.stop());
  await eventually(() => assert.equal(rings, 1));
  return { ring: () => bell.ring(), rings: () => rings, troubles };
}

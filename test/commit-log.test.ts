/** What became of a COMMIT whose answer was lost is asked of the database, and may be hard to find out. */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Board, type BoardOptions, openBoard } from '../src/index.ts';
import { atEnd } from './support/cleanup.ts';
import { temporaryDatabase } from './support/database.ts';
import { type DatabaseProxy, startDatabaseProxy } from './support/database-proxy.ts';
import { type DatabaseSession, databaseServer } from './support/database-servers.ts';
import { eventually } from './support/eventually.ts';
import { PRIVATE_SERVERS, startPgbouncer } from './support/private-servers.ts';
import { without } from './support/settings.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

for (const kind of ['postgres', 'mariadb'] as const) {
  test(`on ${kind}`, { skip: without(...PRIVATE_SERVERS[kind].needs) }, async (t) => {
    const { url: server } = await PRIVATE_SERVERS[kind].start(t);

    await t.test('a node whose clock is days ahead has no other write twice', async (inner) => {
      const { proxy, far, near, texts } = await open(inner, server, { near: { now: () => Date.now() + 2 * DAY } });
      await losesAnswer(
        proxy,
        () => far.as('kitten').messages.post({ text: 'once' }),
        async () => {
          await eventually(async () => assert.deepEqual(await texts(), ['once']));
          await near.as('kitten').messages.post({ text: 'meanwhile' });
        },
      );
      assert.deepEqual(await texts(), ['once', 'meanwhile']);
    });

    await t.test(
      'a node that slept for an hour in the middle of a COMMIT says that it does not know',
      async (inner) => {
        let slept = 0;
        const { proxy, far, texts } = await open(inner, server, { far: { now: () => Date.now() + slept } });
        const answer = losesAnswer(
          proxy,
          () => far.as('kitten').messages.post({ text: 'once' }),
          async () => {
            await eventually(async () => assert.deepEqual(await texts(), ['once']));
          },
          () => {
            slept = 60 * MINUTE;
          },
        );
        await assert.rejects(answer, { code: 'unavailable' });
        assert.deepEqual(await texts(), ['once']);
      },
    );

    await t.test('what is still on its way to the server when its connection breaks is not done twice', async (inner) =>
      isLate(await open(inner, server)),
    );
    if (kind === 'postgres')
      await t.test(
        'nor is it if that breaks behind a pooler',
        { skip: without(...PRIVATE_SERVERS.pooled.needs) },
        async (inner) => isLate(await open(inner, server, { pooler: true })),
      );

    await t.test('a question that fails by no outage is asked again, and nothing is written twice', async (inner) => {
      const { proxy, far, session, texts } = await open(inner, server);
      const kitten = far.as('kitten');
      // Once she is known, what she says in one turn of the event loop shares a transaction.
      await kitten.messages.post({ text: 'first' });
      const answers = losesAnswer(
        proxy,
        () => Promise.all(['one', 'two'].map((text) => kitten.messages.post({ text }))),
        async () => {
          await eventually(async () => assert.deepEqual(await texts(), ['first', 'one', 'two']));
          await session.query('alter table commits rename to hidden');
        },
      );
      answers.catch(() => {});
      await eventually(() => session.query('select id from hidden'));
      // The second time, the first has failed.
      for (let times = 0; times < 2; times++) await Promise.race([proxy.next('commits', 'heard'), answers]);
      await session.query('alter table hidden rename to commits');
      assert.deepEqual(
        (await answers).map(({ text }) => text),
        ['one', 'two'],
      );
      assert.deepEqual(await texts(), ['first', 'one', 'two']);
    });

    await t.test('what a node has left that ended is removed an hour later, and not before', async (inner) => {
      const { far, near, session } = await open(inner, server);
      const numbers = async () =>
        (await session.query('select id from commits')).map((row) => Number(Object.values(row)[0]));
      await far.as('kitten').messages.post({ text: 'the last' });
      await far.close();
      const left = await numbers();
      assert.ok(left.length > 0);

      const now = performance.now.bind(performance);
      let minutes = 0;
      inner.mock.method(performance, 'now', () => now() + minutes * MINUTE);
      for (const [after, isThere] of [
        [0, true],
        [59, true],
        [61, false],
      ] as const) {
        minutes = after;
        await near.as('kitten').messages.post({ text: `${after} minutes later` });
        const found = await numbers();
        assert.deepEqual(
          left.map((number) => found.includes(number)),
          left.map(() => isThere),
          `${after} minutes later`,
        );
      }
    });
  });
}

/** Has transactions that were foreseen come to the server when it has just been seen that they were not there. */
async function isLate({ proxy, far, session, texts }: Open): Promise<void> {
  const kitten = far.as('kitten');
  const said: string[] = [];
  const say = async (text: string) => said.push((await kitten.messages.post({ text })).text);
  for (let n = 0; n < 10; n++) await say(`before ${n}`);

  for (let n = 0; n < 5; n++) {
    const sent = proxy.next('begin|start transaction', 'late');
    const answered = say(`broken ${n}`);
    await sent;
    await proxy.next('commit', 'heard');
    proxy.deliver();
    await answered;
    assert.equal((await session.query('select id from commits where noted = 0')).length, 1, 'it was given up');
    await session.query('delete from commits where noted = 0');
    for (let m = 0; m < 10; m++) await say(`after ${n}.${m}`);
    assert.deepEqual(await texts(), said.slice(0, 20));
  }
}

interface Open {
  readonly proxy: DatabaseProxy;
  /** A node that is connected through the proxy. */
  readonly far: Board;
  readonly near: Board;
  readonly session: DatabaseSession;
  /** What the board says, from the first message on. */
  texts(): Promise<string[]>;
}

async function open(
  t: TestContext,
  server: string,
  options: { readonly far?: BoardOptions; readonly near?: BoardOptions; readonly pooler?: boolean } = {},
): Promise<Open> {
  const { url } = await temporaryDatabase(t, server);
  const proxy = await startDatabaseProxy(t, url);
  const far = await openBoard(options.pooler ? await pooled(t, proxy.url) : proxy.url, options.far);
  await far.as().users.create({ username: 'kitten', password: 'yarn' });
  const near = await openBoard(url, options.near);
  for (const board of [far, near]) atEnd(t, () => board.close());
  const session = await databaseServer(url).connect();
  atEnd(t, () => session.end());
  const texts = async () => (await near.as().messages.list({ order: 'asc' })).messages.map(({ text }) => text);
  return { proxy, far, near, session, texts };
}

async function pooled(t: TestContext, url: string): Promise<string> {
  const pooler = await startPgbouncer(t, 'transaction', url);
  return Object.assign(new URL(url), { port: new URL(pooler.url).port }).href;
}

/** Has a COMMIT of `write` done and its answer lost, and nobody find that out before `meanwhile` is over. */
async function losesAnswer<Result>(
  proxy: DatabaseProxy,
  write: () => Promise<Result>,
  meanwhile: () => Promise<void>,
  atOnce = () => {},
): Promise<Result> {
  const unanswered = proxy.next('commit', 'unanswered');
  const answer = write();
  answer.catch(() => {});
  await unanswered;
  atOnce();
  let isOver = false;
  const over = meanwhile().finally(() => {
    isOver = true;
  });
  while (!isOver) await Promise.race([over, proxy.next('for update', 'lost')]);
  return answer;
}

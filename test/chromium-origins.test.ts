import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { after } from 'node:test';
import type { Page } from 'playwright-core';
import { basic, type Person } from './support/api.ts';
import { CHROMIUM, launchBrowser } from './support/browser.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './support/server.ts';
import { without } from './support/settings.ts';
import { fingerprint } from './support/unharmed.ts';

/** What an owner of these domains can do with their own name server. */
const NAMES = '--host-resolver-rules=MAP evil.test 127.0.0.1, MAP app.test 127.0.0.1';

const skip = without(CHROMIUM);
const browser = skip === false ? await launchBrowser(NAMES) : null;
after(() => browser?.close());

const PAGE = await readFile(new URL('./support/foreign-page.html', import.meta.url), 'utf8');
const SECRET = 'Between us.';

/** How somebody's browser knows them to the board. */
const KNOWN = ['by a cookie', 'by remembered Basic credentials', 'not at all'] as const;

for (const known of KNOWN) {
  for (const name of ['evil.test', '127.0.0.1']) {
    test(`a page of another origin, at ${name}, gets nothing of one known ${known}`, { skip }, async (t) => {
      const board = await startBoard(t);
      const pages = await startPages(t);
      const page = await openPage(t, board, known, `http://${name}:${pages}/`);
      await assertPowerless(board, page, board.url);
    });
  }

  test(`a page whose name was pointed here gets nothing of one known ${known}`, { skip }, async (t) => {
    const board = await startBoard(t);
    const rebound = `http://evil.test:${new URL(board.url).port}`;
    const page = await openPage(t, board, known, `${rebound}/kittens`);
    await assertPowerless(board, page, rebound);
  });
}

for (const known of ['by a cookie', 'by remembered Basic credentials'] as const) {
  test(`a page of a listed origin reads, writes and listens for one known ${known}`, { skip }, async (t) => {
    const pages = await startPages(t);
    const board = await startBoard(t, { cors: [`http://127.0.0.1:${pages}`] });
    const page = await openPage(t, board, known, `http://127.0.0.1:${pages}/`);
    const loot = await attack(page, board.url);

    assert.ok(loot.read.includes(SECRET) && loot.read.includes('Forged!'), loot.read);
    assert.ok(loot.heard.includes(SECRET), loot.heard);
    assert.deepEqual(new Set(loot.written), new Set(['/message', '/message/1', '/user']));
    assert.equal((await board.api.get('/message/1')).status, 404, 'it was deleted');
    const seen = await page.evaluate(async (url) => {
      const { headers } = await fetch(`${url}/messages?limit=1&after=1`, { credentials: 'include' });
      return ['last-event-id', 'link'].map((name) => headers.get(name) !== null);
    }, board.url);
    assert.deepEqual(seen, [true, true]);
  });
}

test('a page of a listed origin on another site brings credentials of its own', { skip }, async (t) => {
  const pages = await startPages(t);
  const board = await startBoard(t, { cors: [`http://app.test:${pages}`] });
  const page = await openPage(t, board, 'not at all', `http://app.test:${pages}/`);
  const status = await page.evaluate(
    async ([url, authorization]) => {
      const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': 'once' };
      return (await fetch(`${url}/message`, { method: 'POST', headers, body: '{"text":"From afar."}' })).status;
    },
    [board.url, basic(board.kitten)] as const,
  );
  assert.equal(status, 201);
});

interface Board extends TestServer {
  readonly kitten: Person;
}

async function startBoard(scope: Scope, options: TestServerOptions = {}): Promise<Board> {
  const server = await startTestServer(scope, options);
  const [kitten, puppy] = [await server.api.signUp('kitten'), await server.api.signUp('puppy')];
  await server.api.say(kitten, 'I love kittens!');
  await server.api.say(puppy, { text: SECRET, to: ['kitten'] });

  return { ...server, kitten };
}

/** A server with nothing but the foreign page. @returns its port. */
async function startPages(scope: Scope): Promise<number> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(PAGE));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Has somebody's browser come to know them, and then open a foreign page. */
async function openPage(
  scope: Scope,
  { url, kitten }: Board,
  known: (typeof KNOWN)[number],
  address: string,
): Promise<Page> {
  assert.ok(browser);
  const isBasic = known === 'by remembered Basic credentials';
  const context = await browser.newContext(isBasic ? { httpCredentials: kitten } : {});
  atEnd(scope, () => context.close());
  const page = await context.newPage();
  if (isBasic) await page.goto(`${url}/messages?with=puppy`);
  if (known === 'by a cookie') {
    await page.goto(`${url}/health/live`);
    const status = await page.evaluate(async (body) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/session', { method: 'POST', headers, body })).status;
    }, JSON.stringify(kitten));
    assert.equal(status, 201);
  }
  if (known !== 'not at all') {
    const text = await page.evaluate(async () => (await fetch('/messages?visibility=private')).text());
    assert.ok(text.includes(SECRET), 'the board knows them');
  }
  // What was rebound comes from elsewhere, and only then does its name mean the board.
  await context.route(/\/kittens$/, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
  await page.goto(address);
  return page;
}

/** What the page says that it got; it tells what each is. */
interface Loot {
  readonly written: readonly string[];
  readonly read: string;
  readonly readOpaquely: string;
  readonly framed: string;
  readonly seen: number;
  readonly ran: boolean;
  readonly heard: string;
}

function attack(page: Page, board: string): Promise<Loot> {
  return page.evaluate(`attack(${JSON.stringify(board)})`);
}

async function assertPowerless({ api }: Board, page: Page, target: string): Promise<void> {
  const before = await fingerprint(api);
  const nothing = { written: [], read: '', readOpaquely: '', framed: '', seen: 0, ran: false, heard: '' };
  assert.deepEqual(await attack(page, target), nothing);
  assert.deepEqual(await fingerprint(api), before);
}

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import type { Page } from 'playwright-core';
import type { Message } from '../src/model/message.ts';
import { CHROMIUM, launchBrowser } from './support/browser.ts';
import { atEnd, type Scope } from './support/cleanup.ts';
import { startCuttableProxy } from './support/cuttable-proxy.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

interface Heard {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** What the page keeps. Its parts run in the browser. */
interface Ears {
  source: EventSource;
  heard: Heard[];
  opened: number;
}

const skip = without(CHROMIUM);
const browser = skip === false ? await launchBrowser() : null;
after(() => browser?.close());

test('gets posts by onmessage, edits and deletions by their names', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const page = await listen(t, url, '/stream');
  const posted = await api.say(kitten, 'I love kittens!');
  const edited = (await api.put<Message>(`/message/${posted.id}`, { text: 'New text!' }, { as: kitten })).body;
  await api.delete(`/message/${posted.id}`, { as: kitten });
  const heard = await hear(page, 3);

  assert.deepEqual(
    heard.map(({ type, data }) => [type, JSON.parse(data).text ?? JSON.parse(data).id]),
    [
      ['message', 'I love kittens!'],
      ['edit', 'New text!'],
      ['delete', posted.id],
    ],
  );
  assert.equal(JSON.parse(heard[1]?.data ?? '').seq, edited.seq);
  assert.equal(heard[2]?.lastEventId, await api.cursor());
});

test('gets every text as it was sent', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const page = await listen(t, url, '/stream?after=0');
  const text = 'a\rb\nc\r\nd\n\ne\u2028f\u2029g\u0085h\uFEFF:\tid: 1\ndata: x\n\n🐈';
  await api.say(kitten, { text, data: { nul: 'a\0b' } });
  const [event] = await hear(page, 1);

  assert.deepEqual([JSON.parse(event?.data ?? '').text, JSON.parse(event?.data ?? '').data], [text, { nul: 'a\0b' }]);
});

test('comes back after a cut, by itself, and has missed and doubled nothing', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const first = await api.say(kitten, 'before');
  const proxy = await startCuttableProxy(t, url);
  const page = await listen(t, proxy.url, '/stream?after=0');
  await hear(page, 1);
  proxy.cut();
  await api.say(kitten, 'meanwhile');
  await api.put(`/message/${first.id}`, { text: 'before, edited' }, { as: kitten });
  await hear(page, 3);
  await api.say(kitten, 'afterwards');

  assert.deepEqual(await textsOf(page, 4), [
    'message before',
    'edit before, edited',
    'message meanwhile',
    'message afterwards',
  ]);
});

test('comes back after a cut to a board where nothing had happened yet', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  await api.say(kitten, 'before');
  const proxy = await startCuttableProxy(t, url);
  const page = await listen(t, proxy.url, '/stream');
  // The page itself cannot see a cursor without data.
  await eventually(() => assert.match(proxy.passed(), /^id:/m));
  proxy.cut();
  await api.say(kitten, 'meanwhile');

  assert.deepEqual(await textsOf(page, 1), ['message meanwhile']);
});

async function listen(scope: Scope, url: string, path: string): Promise<Page> {
  assert.ok(browser);
  const page = await browser.newPage();
  atEnd(scope, () => page.close());
  await page.goto(`${url}/health/live`);
  await page.evaluate((target) => {
    const source = new EventSource(target);
    const ears: Ears = { source, heard: [], opened: 0 };
    const keep = (event: Event) => {
      const { type, data, lastEventId } = event as MessageEvent;
      ears.heard.push({ type, data, lastEventId });
    };
    source.onmessage = keep;
    for (const type of ['edit', 'delete', 'reset']) source.addEventListener(type, keep);
    source.onopen = () => {
      ears.opened++;
    };
    Object.assign(globalThis, { ears });
  }, path);
  await eventually(async () =>
    assert.equal(await page.evaluate(() => (globalThis as unknown as { ears: Ears }).ears.opened), 1),
  );

  return page;
}

/** All that a page has heard, once there are `count` events. */
async function hear(page: Page, count: number): Promise<Heard[]> {
  return eventually(async () => {
    const heard = await page.evaluate(() => (globalThis as unknown as { ears: Ears }).ears.heard);
    assert.ok(heard.length >= count, `${count} events wanted, got ${JSON.stringify(heard)}`);
    return heard;
  });
}

async function textsOf(page: Page, count: number): Promise<string[]> {
  return (await hear(page, count)).map(({ type, data }) => `${type} ${JSON.parse(data).text}`);
}

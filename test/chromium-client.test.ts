import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import type * as client from '../src/client.ts';
import type { Mirror } from '../src/remote/mirror.ts';
import { CHROMIUM, launchBrowser } from './support/browser.ts';
import { atEnd } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';
import { ROOT } from './support/snippets.ts';

/** What the page has. */
interface Tab {
  readonly msgboard: typeof client;
  copy: Mirror;
}

const skip = without(CHROMIUM);
const browser = skip === false ? await launchBrowser() : null;
after(() => browser?.close());

test('two tabs mirror a board by one stream, which outlives its tab and a network that is away', {
  skip,
}, async (t) => {
  const { url, api } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  await api.say(kitten, 'before');
  assert.ok(browser);
  const context = await browser.newContext();
  atEnd(t, () => context.close());
  const streams: string[] = [];
  context.on('request', (request) => {
    if (/\/stream\?(?!.*poll=1)/.test(request.url())) streams.push(request.url());
  });

  const first = await openTab(context, url);
  await shows(first, ['before']);
  const second = await openTab(context, url);
  await shows(second, ['before']);
  await api.say(kitten, 'to both');
  await shows(first, ['before', 'to both']);
  await shows(second, ['before', 'to both']);
  assert.equal(streams.length, 1, streams.join());

  await first.close();
  await api.say(kitten, 'to the other');
  await shows(second, ['before', 'to both', 'to the other']);
  assert.equal(streams.length, 2, streams.join());

  await context.setOffline(true);
  const missed = Array.from({ length: 300 }, (_, n) => ({ text: `${n}` }));
  assert.equal((await api.post('/messages', missed, { as: kitten })).status, 201);
  await context.setOffline(false);
  await shows(second, ['before', 'to both', 'to the other', ...missed.map(({ text }) => text)]);
});

/** A page of the board's own origin, with the client in it and a mirror that shares its stream. */
async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/health/live`);
  await page.addScriptTag({ content: await bundle() });
  await page.evaluate(() => {
    const tab = globalThis as unknown as Tab;
    const { connect, mirror, shareStream } = tab.msgboard;
    tab.copy = mirror(shareStream(connect('/'), 'everybody'));
  });
  return page;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${ROOT}/src/client.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'msgboard',
    footer: { js: 'globalThis.msgboard = msgboard;' },
  });
  return outputFiles[0]?.text ?? '';
}

/** Waits until a tab's mirror is live and shows these texts. */
async function shows(page: Page, texts: readonly string[]): Promise<void> {
  await eventually(async () => {
    const state = await page.evaluate(() => {
      const { isLive, messages } = (globalThis as unknown as Tab).copy.getSnapshot();
      return { isLive, texts: messages.map(({ text }) => text) };
    });
    assert.deepEqual(state, { isLive: true, texts });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Message } from '../src/model/message.ts';
import { DESK, open, PHONE, say, shows, signUp, write } from './support/board-page.ts';
import { CHROMIUM, launchBrowser, newContext, seriousFaults } from './support/browser.ts';
import { atEnd } from './support/cleanup.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

for (const [device, options] of [
  ['a desk', DESK],
  ['a phone', PHONE],
] as const) {
  test(`on ${device}, two people sign up, talk, edit and delete, and each sees it at once`, { skip }, async (t) => {
    const { url } = await startTestServer(t);
    const kitten = await open(await newContext(t, options), url);
    const puppy = await open(await newContext(t, { ...options, colorScheme: 'dark' }), url);
    await kitten.getByText('A board of your own').waitFor();
    await signUp(kitten, 'kitten');
    await signUp(puppy, 'puppy');

    await say(kitten, 'Hello #pets!');
    await shows(puppy, ['Hello #pets!']);
    await say(puppy, 'Hello yourself.');
    await shows(kitten, ['Hello #pets!', 'Hello yourself.']);

    await kitten.getByRole('button', { name: 'Edit this message' }).click();
    await kitten.getByRole('textbox').last().fill('Hello #pets, all of you!');
    await kitten.getByRole('button', { name: 'Save' }).click();
    await shows(puppy, ['Hello #pets, all of you!', 'Hello yourself.']);
    await puppy.getByText('edited').waitFor();

    await puppy.getByRole('button', { name: 'Delete this message of puppy' }).click();
    await puppy.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await shows(kitten, ['Hello #pets, all of you!']);

    assert.deepEqual(await seriousFaults(kitten), []);
    assert.deepEqual(await seriousFaults(puppy), []);
  });
}

test('a reply stands in its thread, and a topic in the list of topics', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  await api.say(kitten, { text: 'Who is here?', topics: ['lobby'] });
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'puppy');

  await page.getByRole('navigation').getByRole('link', { name: '#lobby' }).click();
  await page.getByRole('heading', { name: '#lobby' }).waitFor();
  await page.getByRole('button', { name: 'Reply to kitten' }).click();
  await write(page, 'Me!', 'Reply');
  await shows(page, ['Who is here?', 'Me!']);
  await page.getByRole('link', { name: '↩ in a thread' }).click();
  await page.getByRole('heading', { name: 'Thread' }).waitFor();
  await shows(page, ['Who is here?', 'Me!']);
  await write(page, 'Still here.');
  await shows(page, ['Who is here?', 'Me!', 'Still here.']);

  const board = await api.board();
  assert.deepEqual(
    board.map(({ replyTo, topics }) => [replyTo, topics]),
    [
      [null, ['lobby']],
      [1, ['lobby']],
      [1, ['lobby']],
    ],
  );
});

test('a private message reaches the one it is for, in a conversation, and nobody else', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'puppy');
  const stranger = await open(await newContext(t, DESK), url);

  await api.say(kitten, { text: 'Between us.', to: ['puppy'] });
  await page.getByRole('navigation').getByRole('link', { name: 'kitten' }).click();
  await shows(page, ['Between us.']);
  await write(page, 'Of course.');
  await shows(page, ['Between us.', 'Of course.']);
  const conversation = await api.get<Message[]>('/messages?with=puppy', { as: kitten });
  assert.deepEqual(
    conversation.body.map(({ text, to }) => [text, to]),
    [
      ['Between us.', ['puppy']],
      ['Of course.', ['kitten']],
    ],
  );
  await api.say(kitten, 'For all.');
  await shows(stranger, ['For all.']);
});

test('who was off line while 300 messages came and the server restarted sees what the other sees, without a reload', {
  skip,
}, async (t) => {
  const first = await startTestServer(t);
  const hedgehog = await first.api.signUp('hedgehog');
  const away = await newContext(t, PHONE);
  const puppy = await open(away, first.url);
  const kitten = await open(await newContext(t, DESK), first.url);
  await signUp(kitten, 'kitten');
  await signUp(puppy, 'puppy');
  const pages = [kitten, puppy];
  for (const page of pages) await page.evaluate('globalThis.isSamePage = true');
  for (const text of ['Is there cream?', 'I ask for a friend.']) await say(kitten, text);
  await shows(puppy, ['Is there cream?', 'I ask for a friend.']);
  await say(puppy, 'No.');
  await shows(kitten, ['Is there cream?', 'I ask for a friend.', 'No.']);

  await away.setOffline(true);
  await kitten.getByRole('button', { name: 'Edit this message' }).first().click();
  await write(kitten, 'Is there any cream?', 'Save');
  await kitten.getByRole('button', { name: 'Delete this message of kitten' }).last().click();
  await kitten.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await shows(kitten, ['Is there any cream?', 'No.']);
  const before = await first.api.sayMany(hedgehog, 150);
  await first.close();
  const second = await startTestServer(t, { database: first.database, port: Number(new URL(first.url).port) });
  const after = await second.api.sayMany(hedgehog, 150);
  await away.setOffline(false);

  const texts = ['Is there any cream?', 'No.', ...[...before, ...after].map(({ text }) => text)];
  for (const page of pages) await shows(page, texts);
  await say(puppy, 'I am back.');
  for (const page of pages) {
    await shows(page, [...texts, 'I am back.']);
    assert.equal(await page.evaluate('globalThis.isSamePage'), true);
  }
});

test('a browser with more tabs than connections has all of them live', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const context = await newContext(t, DESK);
  const tabs: Page[] = [];
  for (let n = 0; n < 8; n++) tabs.push(await open(context, url));
  await api.say(kitten, 'to all');
  for (const tab of tabs) await shows(tab, ['to all']);
});

test('any text is shown as text, and holds the layout', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const kitten = await api.signUp('kitten');
  const texts = [
    '<img src=x onerror="window.broken = true"><script>window.broken = true</script>',
    'javascript:alert(1) https://example.org/<b>',
    '\u202egnitirw ruoy ni deppirt saw I',
    '😀'.repeat(10_000),
    'w'.repeat(10_000),
    'line\n'.repeat(500),
    'https://example.org/?q=a&b="><img src=x onerror=alert(1)>',
  ];
  for (const text of texts) await api.say(kitten, { text, topics: ['<b>&"\'', 'x'.repeat(100)] });
  for (const options of [DESK, PHONE]) {
    const page = await open(await newContext(t, options), url);
    await shows(page, texts);
    const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.ok(Number(overhang) <= 0, `the page is ${overhang} px wider than its window`);
    assert.equal(await page.evaluate("'broken' in globalThis"), false);
    assert.equal(await page.locator('#messages img, #messages script, #messages b').count(), 0);
  }
});

test('the page loads nothing from elsewhere, and its policy allows nothing inline', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const page = await (await newContext(t, DESK)).newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  // That nobody is logged in, a browser reports as a failed request.
  page.on('console', (message) => message.text().includes('401') || complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  const answer = await page.goto(url, { waitUntil: 'load' });
  await page.getByText('Live').waitFor();

  assert.match(answer?.headers()['content-security-policy'] ?? '', /default-src 'none'/);
  assert.deepEqual([...new Set(asked)], [url]);
  assert.deepEqual(complaints, []);
});

test('the docs are there by any name and without HTTPS, try requests and load nothing from elsewhere', {
  skip,
}, async (t) => {
  const { url } = await startTestServer(t, { host: '0.0.0.0' });
  const browser = await launchBrowser('--host-resolver-rules=MAP board.test 127.0.0.1');
  atEnd(t, () => browser.close());
  const page = await browser.newPage();
  const loaded: string[] = [];
  page.on('request', (request) => void loaded.push(new URL(request.url()).origin));
  const origin = `http://board.test:${new URL(url).port}`;
  const answer = await page.goto(`${origin}/docs`);
  const route = page.locator('#operations-about-get_health_live');
  await route.getByText('Is the process there').click();
  await route.getByRole('button', { name: 'Try it out' }).click();
  await route.getByRole('button', { name: 'Execute' }).click();
  await route.locator('.live-responses-table').getByText('"status": "ok"').waitFor();

  assert.deepEqual(new Set(loaded.filter((each) => each !== 'null')), new Set([origin]));
  assert.doesNotMatch(answer?.headers()['content-security-policy'] ?? '*', /https?:|\*|unsafe|upgrade|\.io/);
});

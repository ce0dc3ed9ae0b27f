import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { EXAMPLE_NAMES, type ExampleName, PASSWORD, serveExample } from '../example/serve.ts';
import { newContext, seriousFaults } from './support/browser.ts';
import { atEnd } from './support/cleanup.ts';
import { eventually } from './support/eventually.ts';
import { without } from './support/settings.ts';
import { ROOT, run } from './support/snippets.ts';

const skip = without('/usr/bin/chromium');

const DESK = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const DEVICES: readonly (readonly [string, BrowserContextOptions])[] = [
  ['a desk', DESK],
  ['a phone', PHONE],
];

for (const [device, options] of DEVICES) {
  test(`chat, on ${device}: two people talk, edit and delete, and know what they have not read`, {
    skip,
  }, async (t) => {
    const { url, board } = await start(t, 'chat');
    const kitten = await open(t, url, 'kitten', options);
    const puppy = await open(t, url, 'puppy', { ...options, colorScheme: 'dark' });
    for (const page of [kitten, puppy]) await link(page, '# garden').click();

    await write(kitten, 'Leave some for me.');
    await last(puppy, 'Leave some for me.');
    await kitten.getByRole('button', { name: 'Edit' }).last().click();
    await write(kitten, 'Leave half of them for me.', 'Save');
    await last(puppy, 'Leave half of them for me.');
    await puppy.getByText('edited').waitFor();
    kitten.once('dialog', (dialog) => void dialog.accept());
    await kitten.getByRole('button', { name: 'Delete' }).last().click();
    await last(puppy, 'Each?');

    await board.as('puppy').messages.post({ text: 'Never mind, here it is.', to: ['kitten'] });
    if (device === 'a phone') await kitten.getByLabel('All rooms and people').click();
    await link(kitten, '3 unread').click();
    await last(kitten, 'Never mind, here it is.');
    await write(kitten, 'I never touched it.');
    await board.as('puppy').messages.post({ text: 'I did not ask.', to: ['kitten'] });
    await last(kitten, 'I did not ask.');
    await eventually(async () => {
      const [conversation] = (await board.as('kitten').messages.list({ with: ['puppy'], order: 'active' })).messages;
      const { data } = (await board.as('kitten').messages.list({ with: ['kitten'] })).messages[0] ?? {};
      assert.deepEqual((data?.['read'] as Record<string, number>)[`${conversation?.thread}`], conversation?.posts);
    });
    await kitten.goto(`${url}#/`);
    await kitten.reload();
    await link(kitten, 'I did not ask.').waitFor();
    assert.equal(await kitten.locator('mark').count(), 0);

    for (const page of [kitten, puppy]) assert.deepEqual(await seriousFaults(page), []);
  });
}

test('chat: older messages come as one scrolls up to them', { skip }, async (t) => {
  const { url, board } = await start(t, 'chat');
  const texts = Array.from({ length: 180 }, (_, n) => `number ${n}`);
  await board.as('puppy').messages.postMany(texts.map((text) => ({ text, topics: ['attic'] })));
  const page = await open(t, url, 'kitten', DESK);
  await link(page, '# attic').click();
  await last(page, 'number 179');
  assert.ok((await textsOf(page)).length < 180);

  await eventually(async () => {
    await page.evaluate("document.querySelector('main ol').scrollTop = 0");
    assert.deepEqual(await textsOf(page), texts);
  });
});

const HOSTILE = [
  '<img src=x onerror="window.broken = true"><script>window.broken = true</script>',
  '\u202egnitirw ruoy ni deppirt saw I',
  '😀'.repeat(1000),
  'w'.repeat(3000),
];

/** Where each example shows what was posted to the topic `<b>`. */
const PLACES: Record<ExampleName, string> = { chat: '#/room/%3Cb%3E' };

for (const name of EXAMPLE_NAMES) {
  test(`${name}: any text is shown as text, and holds the layout`, { skip }, async (t) => {
    const { url, board } = await start(t, name);
    for (const text of HOSTILE) await board.as('puppy').messages.post({ text, topics: ['<b>', 'x'.repeat(100)] });
    for (const [device, options] of DEVICES) {
      const page = await open(t, url, 'kitten', options);
      for (const place of ['#/', PLACES[name]]) {
        await page.goto(url + place);
        await page.getByText('wwwww').filter({ visible: true }).first().waitFor();
        const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(overhang) <= 0, `on ${device}, ${place} is ${overhang} px wider than its window`);
      }
      const texts = await textsOf(page);
      for (const text of HOSTILE) assert.ok(texts.includes(text), text.slice(0, 80));
      assert.equal(await page.evaluate("'broken' in globalThis"), false);
      assert.equal(await page.locator('img, body script').count(), 0);
    }
  });

  test(`${name} is at most 300 lines of its own, in a folder with a README that shows it`, async () => {
    const dir = join(ROOT, 'example', name);
    const files = await Promise.all(
      ['index.html', 'style.css', 'main.js'].map((file) => readFile(join(dir, file), 'utf8')),
    );
    const lines = files.join('').split('\n').length - 1;
    assert.ok(lines <= 300, `${lines} lines`);
    assert.ok(
      files
        .join('')
        .split('\n')
        .every((line) => line.length <= 160),
      'no line is longer than a screen is wide',
    );

    const readme = await readFile(join(dir, 'README.md'), 'utf8');
    for (const picture of ['desk.png', 'phone.png']) {
      assert.ok(readme.includes(`](${picture})`), picture);
      assert.ok((await readFile(join(dir, picture))).length < 100_000, `${picture} is small`);
    }
  });
}

test('an example that is none is answered with the names of those that are', async (t) => {
  const { code, errors } = await run(t, process.execPath, [join(ROOT, 'example/serve.ts'), 'nothing'], { cwd: ROOT });
  assert.equal(code, 1);
  for (const name of EXAMPLE_NAMES) assert.ok(errors.includes(name), errors);
});

async function start(t: TestContext, name: ExampleName) {
  const example = await serveExample(name, 0);
  atEnd(t, () => example.close());
  return example;
}

async function open(t: TestContext, url: string, username: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await newContext(t, options)).newPage();
  await page.goto(url);
  await page.getByLabel('Name', { exact: true }).fill(username);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('Password').waitFor({ state: 'hidden' });
  return page;
}

function link(page: Page, text: string) {
  return page.getByRole('link').filter({ hasText: text }).first();
}

async function write(page: Page, text: string, label = 'Send'): Promise<void> {
  await page.locator('main textarea').last().fill(text);
  await page.getByRole('button', { name: label, exact: true }).click();
}

/** The texts of the messages that are shown, from the top. */
function textsOf(page: Page): Promise<string[]> {
  return page.locator('main li p').allTextContents();
}

function last(page: Page, text: string): Promise<void> {
  return eventually(async () => assert.equal((await textsOf(page)).at(-1), text));
}

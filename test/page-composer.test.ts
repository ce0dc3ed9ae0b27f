import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page, Route } from 'playwright-core';
import { DESK, nextPost, open, say, shows, signUp, textsOf, write } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

const NO_CREAM = { status: 403, json: { status: 403, type: '/problems/forbidden', detail: 'No cream today.' } };

test('what is written faster than it is sent is sent all the same, in order', { skip }, async (t) => {
  const { page, box } = await desk(t);
  await page.route('**/message', async (route) => {
    await sleep(300);
    await route.continue();
  });
  await box.focus();
  for (const text of ['one', 'two', 'three']) {
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  }
  assert.equal(await box.inputValue(), '');
  await shows(page, ['one', 'two', 'three']);
  assert.equal(await box.inputValue(), '');
});

test('one that fails is put back, before those that were to follow it', { skip }, async (t) => {
  const { page, box } = await desk(t);
  const first = nextPost(page);
  await say(page, 'one');
  const held = await first;
  await say(page, 'two');
  await say(page, 'three');
  await box.fill('four');
  await held.fulfill(NO_CREAM);
  await page.getByText('No cream today.').waitFor();
  assert.equal(await box.inputValue(), 'one\ntwo\nthree\nfour');
  assert.deepEqual(await textsOf(page), []);

  await say(page, 'One more time.');
  await shows(page, ['One more time.']);
  await page.getByText('No cream today.').waitFor({ state: 'hidden' });
});

test('a reply that fails is put back as one, and what follows one that does not is none', { skip }, async (t) => {
  const { page, box } = await desk(t);
  await say(page, 'Is there cream?');
  await shows(page, ['Is there cream?']);
  const about = page.getByText('Replying to kitten: Is there cream?');
  await page.getByRole('button', { name: 'Reply to kitten' }).click();
  const first = nextPost(page);
  await write(page, 'No.', 'Reply');
  await (await first).fulfill(NO_CREAM);
  await about.waitFor();
  assert.equal(await box.inputValue(), 'No.');

  const second = nextPost(page);
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  const held = await second;
  await say(page, 'Yes.');
  await held.continue();
  await shows(page, ['Is there cream?', 'No.', 'Yes.']);
  const answers = await page.locator('.message', { hasText: '↩ in a thread' }).locator('.text').allTextContents();
  assert.deepEqual(answers, ['No.']);
});

for (const [name, leave, want] of [
  ['is given up', (page: Page) => page.getByRole('button', { name: 'Cancel' }).click(), 'Meow.'],
  ['is saved', (page: Page) => write(page, 'Hiss.', 'Save'), 'Hiss.'],
] as const) {
  test(`what was being written is there again when an edit ${name}`, { skip }, async (t) => {
    const { page, box } = await desk(t);
    await say(page, 'Meow.');
    await shows(page, ['Meow.']);
    await page.getByRole('button', { name: 'Reply to kitten' }).click();
    await box.fill('I wonder');
    await page.getByRole('button', { name: 'Edit this message' }).click();
    assert.equal(await box.inputValue(), 'Meow.');
    await leave(page);
    await shows(page, [want]);
    await page.getByText('Replying to kitten: Meow.').waitFor();
    assert.equal(await box.inputValue(), 'I wonder');
  });
}

test('an edit that fails is put back as one, and what was being written comes after it', { skip }, async (t) => {
  const { page, box } = await desk(t);
  await say(page, 'Meow.');
  await shows(page, ['Meow.']);
  await box.fill('I wonder');
  await page.getByRole('button', { name: 'Edit this message' }).click();
  const edit = new Promise<Route>((resolve) => void page.route('**/message/1', resolve, { times: 1 }));
  await write(page, 'Hiss.', 'Save');
  const held = await edit;
  await box.fill('I wonder why');
  await held.fulfill(NO_CREAM);
  await page.getByText('Editing your message').waitFor();
  assert.equal(await box.inputValue(), 'Hiss.');
  await page.getByRole('button', { name: 'Save' }).click();
  await shows(page, ['Hiss.']);
  await eventually(async () => assert.equal(await box.inputValue(), 'I wonder why'));
});

test('a message that fails while another one is edited comes after that', { skip }, async (t) => {
  const { page, box } = await desk(t);
  await say(page, 'Meow.');
  await shows(page, ['Meow.']);
  const post = nextPost(page);
  await say(page, 'Purr.');
  const held = await post;
  await box.fill('I wonder');
  await page.getByRole('button', { name: 'Edit this message' }).click();
  await held.fulfill(NO_CREAM);
  await page.getByText('No cream today.').waitFor();
  assert.equal(await box.inputValue(), 'Meow.');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await box.inputValue(), 'Purr.\nI wonder');
});

async function desk(t: TestContext): Promise<{ page: Page; box: Locator }> {
  const { url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  return { page, box: page.getByRole('textbox', { name: 'Write to everybody' }) };
}

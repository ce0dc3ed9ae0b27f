import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { DESK, ends, link, logIn, logInAt, startExample, write } from '../support/example-page.ts';
import { without } from '../support/settings.ts';

const skip = without('/usr/bin/chromium');
const REFUSED = { status: 403, json: { status: 403, type: '/problems/forbidden', detail: 'Not today.' } };

for (const name of ['chat', 'forum', 'microblog'] as const) {
  test(`${name}: whoever logs in or out does so in all tabs`, { skip }, async (t) => {
    const { url } = await startExample(t, name);
    const first = await logIn(t, url, 'kitten', DESK);
    const second = await first.context().newPage();
    await second.goto(url);
    await leave(second).waitFor();

    await leave(first).click();
    for (const page of [first, second]) await page.getByLabel('Password').waitFor();
    await logInAt(first, 'puppy');
    await leave(second).waitFor();
  });
}

for (const name of ['chat', 'forum', 'microblog'] as const) {
  test(`${name}: whoever is banned goes on as nobody`, { skip }, async (t) => {
    const { url, board } = await startExample(t, name);
    const page = await logIn(t, url, 'kitten', DESK);
    await leave(page).waitFor();
    await board.asOperator().users.administer('kitten', { banned: true });
    await page.getByLabel('Password').waitFor();
    assert.equal(await page.locator('#fault').textContent(), '');
  });
}

test('chat: to a name that nobody has nothing can be written', { skip }, async (t) => {
  const { url } = await startExample(t, 'chat');
  const page = await logIn(t, url, 'kitten', DESK);
  await page.goto(`${url}#/with/nobody_here`);
  await page
    .locator('#fault')
    .filter({ hasText: /^there is no user nobody_here$/ })
    .waitFor();
  await page.locator('#composer').waitFor({ state: 'hidden' });
  await link(page, '# garden').click();
  await write(page, 'Anybody?', 'Send');
  await ends(page, 'Anybody?');
});

test('chat: an edit that fails stays one, and what one wrote goes to no other room', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'chat');
  const page = await logIn(t, url, 'kitten', DESK);
  await link(page, '# garden').click();
  await write(page, 'My typo.', 'Send');
  await ends(page, 'My typo.');
  await page.getByRole('button', { name: 'Edit' }).last().click();
  await page.route('**/message/*', (route) => route.fulfill(REFUSED), { times: 1 });
  await write(page, 'No typo.', 'Save');
  await page.locator('#fault').filter({ hasText: /./ }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await ends(page, 'No typo.');
  const { messages } = await board.as().messages.list({ user: ['kitten'], topic: ['garden'], order: 'desc', limit: 1 });
  assert.notEqual(messages[0]?.edited, null);

  const refused = page.waitForRequest('**/message');
  const { promise: moved, resolve: move } = Promise.withResolvers<void>();
  await page.route('**/message', (route) => moved.then(() => route.fulfill(REFUSED)), { times: 1 });
  await write(page, 'Between us.', 'Send');
  await refused;
  await link(page, '# kitchen').click();
  await page.getByRole('heading', { name: '# kitchen' }).waitFor();
  move();
  await page.locator('#fault').filter({ hasText: /./ }).waitFor();
  assert.equal(await page.locator('#text').inputValue(), '');
});

const leave = (page: Page) => page.getByRole('button', { name: 'Log out' });

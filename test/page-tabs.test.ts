import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { choose, DESK, goTo, logIn, logOut, open, say, shows, signUp } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('whoever logs out in one tab is logged out in all, and nothing private stays on the screen', {
  skip,
}, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.signUp('kitten');
  const context = await newContext(t, DESK);
  const here = await open(context, url);
  await signUp(here, 'puppy');
  const conversation = await open(context, url);
  await goTo(conversation, '#/with/kitten', 'kitten');
  const everything = await open(context, url);
  await say(here, 'For all.');
  await say(conversation, 'Between us.');
  await shows(conversation, ['Between us.']);
  await shows(everything, ['For all.', 'Between us.']);
  for (const tab of [conversation, everything]) await privateLink(tab).waitFor();

  await logOut(here);
  for (const [tab, texts] of [
    [conversation, []],
    [everything, ['For all.']],
  ] as const) {
    await tab.getByRole('button', { name: 'Log in' }).waitFor();
    await shows(tab, texts);
    assert.equal(await privateLink(tab).count(), 0);
  }
});

test('all tabs show the one who has logged in last, as whom all of them write, and none asks for ever', {
  skip,
}, async (t) => {
  const { api, url } = await startTestServer(t);
  for (const name of ['kitten', 'puppy']) await api.signUp(name);
  const context = await newContext(t, DESK);
  const one = await open(context, url);
  const other = await open(context, url);
  await logIn(one, 'kitten');
  await other.getByRole('button', { name: 'kitten', exact: true }).waitFor();
  await logOut(other);
  await logIn(other, 'puppy');
  await one.getByRole('button', { name: 'puppy', exact: true }).waitFor();
  await say(one, 'Woof.');
  await shows(other, ['Woof.']);
  assert.deepEqual(
    (await api.board()).map(({ user }) => user.username),
    ['puppy'],
  );

  await sleep(500);
  const asked: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  await sleep(500);
  assert.deepEqual(
    asked.filter((address) => address.endsWith('/session')),
    [],
  );
});

test('what somebody says about themselves in one tab is what they change in another', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const context = await newContext(t, DESK);
  const one = await open(context, url);
  const other = await open(context, url);
  await signUp(one, 'kitten');
  await other.getByTitle('Your account').waitFor();
  await choose(one, 'Say something about yourself');
  await one.getByLabel('Everybody can read this').fill('I purr.');
  await one.getByRole('button', { name: 'Save' }).click();
  await one.getByRole('dialog').waitFor({ state: 'detached' });

  await goTo(other, '#/user/kitten', 'kitten');
  await other.getByText('I purr.').waitFor();
  await choose(other, 'Say something about yourself');
  assert.equal(await other.getByLabel('Everybody can read this').inputValue(), 'I purr.');
});

test('a tab that is looked at again shows whom another page has logged in', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.signUp('puppy');
  const context = await newContext(t, DESK);
  const page = await open(context, url);
  await signUp(page, 'kitten');
  const { status } = await page.evaluate<{ status: number }>(`fetch('session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'puppy', password: 'yarn' }),
  }).then(({ status }) => ({ status }))`);
  assert.equal(status, 201);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await page.getByRole('button', { name: 'puppy', exact: true }).waitFor();
});

test('a board that is away or broken logs nobody out', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Woof.');
  const context = await newContext(t, DESK);
  const page = await open(context, url);
  await signUp(page, 'kitten');
  let isBroken = true;
  await page.route('**/session', (route) => (isBroken ? route.fulfill({ status: 500 }) : route.continue()));
  const refused = page.waitForResponse((response) => response.status() === 500);
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
  await refused;
  await page.getByRole('button', { name: 'kitten', exact: true }).waitFor();
  await shows(page, ['Woof.']);

  await page.reload();
  await page.getByText('The board answered with status 500.').waitFor();
  await page.locator('#status[data-state=waiting]').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Log in' }).count(), 0);
  isBroken = false;
  await page.getByRole('button', { name: 'kitten', exact: true }).waitFor();
  await shows(page, ['Woof.']);
});

const privateLink = (page: Page) => page.getByRole('navigation').getByRole('link', { name: 'kitten' });

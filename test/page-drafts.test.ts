import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { DESK, goTo, logIn, logOut, nextPost, open, say, shows, signUp, write } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('what one has begun to write waits where one has begun it', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Who is here? #attic');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await page.getByRole('button', { name: 'Reply to puppy' }).click();
  await box(page).fill('I am');
  await goTo(page, '#/topic/attic', '#attic');
  assert.equal(await box(page).inputValue(), '');
  await box(page).fill('Up here');

  await page.goBack();
  await page.getByRole('heading', { name: 'Everything' }).waitFor();
  await page.getByText('Replying to puppy').waitFor();
  assert.equal(await box(page).inputValue(), 'I am');
  await write(page, 'I am.', 'Reply');
  await shows(page, ['Who is here? #attic', 'I am.']);

  await goTo(page, '#/topic/attic', '#attic');
  assert.equal(await box(page).inputValue(), 'Up here');
  await say(page, 'Up here!');
  await goTo(page, '#/', 'Everything');
  await shows(page, ['Who is here? #attic', 'I am.', 'Up here!']);
  assert.equal(await box(page).inputValue(), '');
});

test('what one has begun to write in a conversation waits at each address of it', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  for (const name of ['Puppy', 'mouse']) await api.signUp(name);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await goTo(page, '#/with/Puppy/mouse', 'Puppy, mouse');
  await box(page).fill('Shall we');
  for (const people of [
    ['mouse', 'puppy'],
    ['kitten', 'puppy', 'mouse'],
    ['PUPPY', 'Mouse', 'Puppy'],
  ]) {
    await goTo(page, `#/with/${people.join('/')}`, people.join(', '));
    assert.equal(await box(page).inputValue(), 'Shall we');
  }
  await goTo(page, '#/with/puppy', 'puppy');
  assert.equal(await box(page).inputValue(), '');
});

test('what could not be sent waits where one wrote it, and nobody is taken elsewhere for what could', {
  skip,
}, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.signUp('puppy');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await goTo(page, '#/user/puppy', 'puppy');

  const refused = nextPost(page);
  await say(page, 'Have you seen my yarn?');
  const first = await refused;
  await goTo(page, '#/topic/attic', '#attic');
  await first.fulfill({ status: 403, json: { status: 403, type: '/problems/forbidden', detail: 'No yarn today.' } });
  await goTo(page, '#/user/puppy', 'puppy');
  await page.getByText('No yarn today.').waitFor();
  assert.equal(await box(page).inputValue(), 'Have you seen my yarn?');

  const held = nextPost(page);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const second = await held;
  await goTo(page, '#/topic/attic', '#attic');
  await second.continue();
  await say(page, 'Nor is it here.');
  await shows(page, ['Nor is it here.']);
  await page.getByRole('heading', { name: '#attic' }).waitFor();
  await goTo(page, '#/', 'Everything');
  await shows(page, ['Have you seen my yarn?', 'Nor is it here.']);
});

test('what one has begun to write is there for nobody else who logs in', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.signUp('puppy');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await box(page).fill('Dear diary');
  await logOut(page);
  await logIn(page, 'puppy');
  assert.equal(await box(page).inputValue(), '');
  await logOut(page);
  await logIn(page, 'kitten');
  assert.equal(await box(page).inputValue(), 'Dear diary');
});

const box = (page: Page) => page.locator('.composer textarea');

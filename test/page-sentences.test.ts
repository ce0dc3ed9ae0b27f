import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { choose, DESK, goTo, open, say, signUp } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('what is wrong is said to people in sentences', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Is there cream?');
  const page = await open(await newContext(t, DESK), url);
  await goTo(page, '#/with/puppy', 'puppy');
  await page.getByText('Log in to read what is private.', { exact: true }).waitFor();
  await goTo(page, '#/', 'Everything');
  await page.getByRole('button', { name: 'Sign up' }).click();
  await fill(page, { Username: '123', Password: 'yarn' });
  await isSaid(page, /^The username must be 1 to 30 letters, .*, and not be all digits\.$/);
  await fill(page, { Username: 'puppy' });
  await isSaid(page, /^The username puppy is taken\. Choose another\.$/);
  await page.getByRole('button', { name: 'Cancel' }).click();

  await signUp(page, 'kitten');
  await choose(page, 'Change your password');
  await fill(page, { 'Your password now': 'wool', 'Your new password': 'cream' });
  await isSaid(page, /^This is not your password\.$/);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await choose(page, 'Say something about yourself');
  await fill(page, { 'Everybody can read this': 'purr '.repeat(300) });
  await isSaid(page, /^What you say about yourself must have at most 1000 characters\.$/);
  await page.getByRole('button', { name: 'Cancel' }).click();

  await say(page, 'w'.repeat(10_001));
  await isSaid(page, /^The message must have at most 10000 characters\.$/);
  await page.getByRole('button', { name: 'Reply to puppy' }).click();
  await page.locator('.composer textarea').fill('No.');
  await page.route('**/message', async (route) => {
    await board.as('puppy').messages.delete(1);
    await route.continue();
  });
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await isSaid(page, /^There is no such message\.$/);
});

/** Fills in the dialog that is open, and sends it. */
async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label).fill(value);
  await page.getByRole('dialog').locator('[type=submit]').click();
}

function isSaid(page: Page, sentence: RegExp): Promise<void> {
  const alert = page.getByRole('alert').filter({ hasText: /./ });
  return eventually(async () => assert.match((await alert.allTextContents()).join(), sentence));
}

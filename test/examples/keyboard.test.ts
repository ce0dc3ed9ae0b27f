import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Example, type ExampleName, PASSWORD } from '../../example/serve.ts';
import { newContext } from '../support/browser.ts';
import type { Scope } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { consent, DESK, ends, startExample, textsOf } from '../support/example-page.ts';
import { Keyboard } from '../support/keyboard.ts';
import { without } from '../support/settings.ts';

const skip = without('/usr/bin/chromium');

test('chat: one logs in, talks, edits, deletes and writes to somebody by keyboard alone', { skip }, async (t) => {
  const { page, board, keys } = await come(t, 'chat', 'kitten');
  await keys.goTo('link "# garden');
  await keys.press('Enter');
  await keys.type('Leave some for me.', 'textbox "Message"');
  await keys.press('Enter');
  await ends(page, 'Leave some for me.');

  await keys.goTo('button "Edit"', 'Shift+Tab');
  await keys.press('Enter', 'Control+A');
  await keys.type('Leave all of them.', 'textbox "Message"');
  await keys.press('Enter');
  await ends(page, 'Leave all of them.');
  consent(page);
  await keys.goTo('button "Delete"', 'Shift+Tab');
  await keys.press('Enter');
  await ends(page, 'Each?');

  await keys.goTo('textbox "Write to somebody"');
  await keys.type('puppy');
  await keys.press('Enter');
  await keys.type('I have not seen it.', 'textbox "Message"');
  await keys.press('Enter');
  await ends(page, 'The red one. It was under the sofa yesterday.', 'I have not seen it.');
  assert.equal((await board.as('puppy').messages.list({ with: ['kitten'] })).messages.length, 3);
});

test('forum: one logs in, begins a thread, replies, edits and moderates by keyboard alone', { skip }, async (t) => {
  const { page, board, keys } = await come(t, 'forum', 'hedgehog');
  await keys.goTo('link "Garden"');
  await keys.press('Enter');
  await keys.goTo('textbox "Title"');
  await keys.type('Who barks at night?');
  await keys.press('Tab');
  await keys.type('I only ask.', 'textbox "Text"');
  await keys.press('Tab', 'Enter');
  await page.getByRole('heading', { name: 'Who barks at night?', level: 1 }).waitFor();
  await keys.goTo('textbox "Text"');
  await keys.type('Nobody?');
  await keys.press('Control+Enter');
  await ends(page, 'I only ask.', 'Nobody?');

  await keys.goTo('button "Edit"', 'Shift+Tab');
  await keys.press('Enter', 'Control+A');
  await keys.type('Nobody at all?', 'textbox "Text"');
  await keys.press('Control+Enter');
  await ends(page, 'I only ask.', 'Nobody at all?');
  consent(page);
  await keys.goTo('button "Delete thread"', 'Shift+Tab');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'There is nothing here', level: 1 }).waitFor();
  assert.deepEqual(
    (await board.as().messages.list({ user: ['hedgehog'], topic: ['Garden'], order: 'active' })).messages.length,
    1,
  );
});

test('microblog: one logs in, follows, posts, replies and deletes by keyboard alone', { skip }, async (t) => {
  const { page, board, keys } = await come(t, 'microblog', 'kitten');
  await keys.goTo('link "Everybody"');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'Everybody', level: 1 }).waitFor();
  await keys.goTo('link "magpie"');
  await keys.press('Enter');
  await keys.goTo('button "Follow"');
  await keys.press('Enter');
  await page.getByRole('button', { name: 'Unfollow' }).waitFor();
  await keys.goTo('link "Home"', 'Shift+Tab');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();

  await keys.goTo('textbox "Text"');
  await keys.type('Is it #dinner yet?');
  await keys.press('Tab', 'Enter');
  await eventually(async () => assert.equal((await textsOf(page))[0], 'Is it #dinner yet?'));
  await keys.goTo('link "Reply"');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'A post by kitten', level: 1 }).waitFor();
  await keys.goTo('textbox "Text"');
  await keys.type('Now?');
  await keys.press('Control+Enter');
  await ends(page, 'Is it #dinner yet?', 'Now?');
  consent(page);
  await keys.goTo('button "Delete"', 'Shift+Tab');
  await keys.press('Enter');
  await ends(page, 'Is it #dinner yet?');
  assert.equal((await board.as().messages.list({ topic: ['dinner'] })).messages.length, 1);
});

/** Comes to an example, and logs in. */
async function come(
  scope: Scope,
  name: ExampleName,
  username: string,
): Promise<{ page: Page; board: Example['board']; keys: Keyboard }> {
  const { url, board } = await startExample(scope, name);
  const page = await (await newContext(scope, DESK)).newPage();
  const keys = new Keyboard(page);
  await page.goto(url);
  await keys.goTo('textbox "Name"');
  await keys.type(username);
  await keys.press('Tab');
  await keys.type(PASSWORD, 'textbox "Password"');
  await keys.press('Enter');
  await page.getByLabel('Password').waitFor({ state: 'hidden' });
  return { page, board, keys };
}

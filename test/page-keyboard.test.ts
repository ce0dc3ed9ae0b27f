import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESK, open, shows, signUp } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { Keyboard } from './support/keyboard.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('one signs up, talks, edits, deletes and writes to somebody by keyboard alone', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const puppy = await api.signUp('puppy');
  await api.say(puppy, { text: 'Anybody here?', topics: ['lobby'] });
  const page = await open(await newContext(t, DESK), url);
  const keys = new Keyboard(page);
  await keys.goTo('button "Sign up"');
  await keys.press('Enter');
  await keys.type('kitten', 'textbox "Username"');
  await keys.press('Tab');
  await keys.type('yarn', 'textbox "Password"');
  await keys.press('Enter');
  await page.getByRole('button', { name: 'kitten' }).waitFor();

  await keys.goTo('link "#lobby');
  await keys.press('Enter');
  await keys.type('Me.', 'textbox "Write in #lobby"');
  await keys.press('Enter');
  await shows(page, ['Anybody here?', 'Me.']);
  await keys.goTo('button "Edit this message"', 'Shift+Tab');
  await keys.press('Enter', 'Control+A');
  await keys.type('Not me.', 'textbox "Write in #lobby"');
  await keys.press('Enter');
  await shows(page, ['Anybody here?', 'Not me.']);
  await keys.goTo('button "Delete this message of kitten"', 'Shift+Tab');
  await keys.press('Enter');
  await keys.goTo('button "Delete"');
  await keys.press('Enter');
  await shows(page, ['Anybody here?']);

  await keys.goTo('textbox "Write to somebody');
  await keys.type('puppy');
  await keys.press('Enter');
  await keys.type('Me, but tell nobody.', 'textbox "Write to puppy"');
  await keys.press('Enter');
  await shows(page, ['Me, but tell nobody.']);
});

test('one skips to the messages of the place where one is', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const puppy = await api.signUp('puppy');
  await api.say(puppy, { text: 'here', topics: ['lobby'] });
  await api.say(puppy, 'elsewhere');
  const page = await (await newContext(t, DESK)).newPage();
  await page.goto(`${url}/#/topic/lobby`);
  await shows(page, ['here']);
  const keys = new Keyboard(page);
  await keys.goTo('link "Skip to the messages"');
  await keys.press('Enter', 'Tab');
  await keys.goTo('link "puppy"', 'Shift+Tab');
  await shows(page, ['here']);
  await page.getByRole('heading', { name: '#lobby' }).waitFor();
});

test('what one is typing, and where, outlives the news', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const puppy = await api.signUp('puppy');
  await api.say(puppy, { text: 'one', topics: ['lobby'] });
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  const keys = new Keyboard(page);
  await keys.goTo('textbox "Write to somebody');
  await keys.type('pup');
  await api.say(puppy, { text: 'two', topics: ['attic'] });
  const places = page.getByRole('navigation');
  await places.getByRole('link', { name: '#attic' }).waitFor();
  await keys.type('py', 'textbox "Write to somebody');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'puppy' }).waitFor();

  await keys.goTo('link "#lobby', 'Shift+Tab');
  await api.say(puppy, { text: 'three', topics: ['lobby'] });
  await eventually(async () => assert.equal(await places.getByRole('link').nth(1).textContent(), '#lobby2'));
  await keys.press('Enter');
  await shows(page, ['one', 'three']);
});

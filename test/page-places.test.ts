import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESK, goTo, open, say, shows, signUp, write } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { eventually } from './support/eventually.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('what somebody is called by leads to them, and an address of nothing to everything', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Woof.');
  await api.say(await api.signUp('kitten'), 'Is that you, @puppy?');
  const page = await open(await newContext(t, DESK), url);
  await page.locator('.message .text').getByRole('link', { name: '@puppy' }).click();
  await page.getByRole('heading', { name: 'puppy' }).waitFor();
  await shows(page, ['Woof.']);

  for (const nowhere of ['#/attic/box', '#/thread/attic', '#/topic']) {
    await page.goto(`${url}/${nowhere}`);
    await page.getByRole('heading', { name: 'Everything' }).waitFor();
    await shows(page, ['Woof.', 'Is that you, @puppy?']);
  }
  await page.goto(`${url}/#/topic/100%`);
  await page.getByRole('heading', { name: '#100%' }).waitFor();
  await shows(page, []);
});

test('a reply is begun, given up and sent; the first message says how many there are, and leads to them', {
  skip,
}, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Who is here?');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  const reply = page.getByRole('button', { name: 'Reply to puppy' });
  const about = page.getByText('Replying to puppy: Who is here?');
  for (const leave of [
    () => page.getByRole('button', { name: 'Cancel' }).click(),
    () => page.keyboard.press('Escape'),
  ]) {
    await reply.click();
    await about.waitFor();
    await leave();
    await about.waitFor({ state: 'detached' });
  }

  for (const [text, count] of [
    ['I am.', '1 reply'],
    ['Still.', '2 replies'],
  ] as const) {
    await reply.click();
    await write(page, text, 'Reply');
    await page.locator('.message').getByText(text).waitFor();
    // How many there are is told with a list, and by no event.
    await page.reload();
    await page.getByRole('link', { name: count }).waitFor();
  }
  await say(page, 'Something else.');
  await page.getByRole('link', { name: '2 replies' }).click();
  await shows(page, ['Who is here?', 'I am.', 'Still.']);
});

test('an edit that is given up leaves the message, and the box empty', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await say(page, 'Meow.');
  await shows(page, ['Meow.']);
  const box = page.locator('.composer textarea');
  await page.getByRole('button', { name: 'Edit this message' }).click();
  assert.equal(await box.inputValue(), 'Meow.');
  await box.fill('Hiss.');
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await box.inputValue(), '');
  await shows(page, ['Meow.']);
});

test('notes to oneself are no conversation with anybody', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await page.getByRole('link', { name: 'Notes to yourself' }).click();
  await page.getByText('Nobody else can read this.').waitFor();
  await say(page, 'Buy cream.');
  await shows(page, ['Buy cream.']);
  await page.reload();
  await shows(page, ['Buy cream.']);
  assert.equal(await page.getByRole('link', { name: 'Notes to yourself' }).count(), 1);
  assert.deepEqual(await api.board(), []);
});

test('a conversation is the same whatever way its people are named', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('Puppy'), 'Woof.');
  await api.signUp('hedgehog');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await goTo(page, '#/with/hedgehog/Puppy', 'hedgehog, Puppy');
  await say(page, 'Between us.');
  await shows(page, ['Between us.']);
  const current = page.getByRole('navigation').locator('a[aria-current=page] .label');
  for (const [names, heading, label] of [
    ['hedgehog/Puppy', 'hedgehog, Puppy', 'Puppy, hedgehog'],
    ['PUPPY/Kitten/hedgehog', 'PUPPY, Kitten, hedgehog', 'Puppy, hedgehog'],
    ['Kitten', 'Kitten', 'Notes to yourself'],
  ] as const) {
    await goTo(page, `#/with/${names}`, heading);
    await eventually(async () => assert.deepEqual(await current.allTextContents(), [label]));
  }
});

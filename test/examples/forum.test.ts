import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newContext, seriousFaults } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { consent, DESK, DEVICES, ends, link, logIn, startExample, textsOf, write } from '../support/example-page.ts';
import { without } from '../support/settings.ts';

const skip = without('/usr/bin/chromium');

for (const [device, options] of DEVICES) {
  test(`on ${device}: two people discuss, one of them edits and deletes, and a moderator ends it`, {
    skip,
  }, async (t) => {
    const { url, board } = await startExample(t, 'forum');
    const kitten = await logIn(t, url, 'kitten', options);
    const puppy = await logIn(t, url, 'puppy', { ...options, colorScheme: 'dark' });
    const hedgehog = await logIn(t, url, 'hedgehog', options);

    await link(kitten, 'Garden').click();
    await kitten.getByLabel('Title').fill('Who barks at night?');
    await write(kitten, 'I only ask.', 'Post');
    await kitten.getByRole('heading', { name: 'Who barks at night?', level: 1 }).waitFor();
    await ends(kitten, 'I only ask.');

    for (const page of [puppy, hedgehog]) {
      await link(page, 'Garden').click();
      await link(page, 'Who barks at night?').click();
    }
    await write(puppy, 'Not me.', 'Post');
    await ends(kitten, 'I only ask.', 'Not me.');
    await kitten.getByRole('status').filter({ hasText: 'puppy has written.' }).waitFor();

    await kitten.getByRole('button', { name: 'Edit' }).click();
    assert.equal(await kitten.getByLabel('Title').inputValue(), 'Who barks at night?');
    await kitten.getByLabel('Title').fill('Who barked?');
    await write(kitten, 'I only asked.', 'Save');
    await puppy.getByRole('heading', { name: 'Who barked?', level: 1 }).waitFor();
    await ends(puppy, 'I only asked.', 'Not me.');

    await write(kitten, 'Then who?', 'Post');
    await ends(puppy, 'Not me.', 'Then who?');
    consent(kitten);
    await kitten.getByRole('button', { name: 'Delete' }).last().click();
    await ends(puppy, 'I only asked.', 'Not me.');
    assert.equal(await puppy.getByRole('button', { name: 'Delete' }).count(), 1, 'of one’s own');

    consent(hedgehog);
    await hedgehog.getByRole('button', { name: 'Delete' }).first().click();
    await eventually(async () => assert.deepEqual(await textsOf(puppy), ['Not me.']));
    for (const page of [kitten, puppy, hedgehog]) assert.deepEqual(await seriousFaults(page), []);

    consent(hedgehog, 2);
    await hedgehog.getByRole('button', { name: 'Ban puppy' }).click();
    await kitten.getByRole('heading', { name: 'There is nothing here', level: 1 }).waitFor();
    assert.deepEqual((await board.as().messages.list({ user: ['puppy'] })).messages, []);
    await puppy.getByLabel('Password').waitFor();
    for (const place of ['#/', '#/board/Garden']) {
      await kitten.goto(url + place);
      await link(kitten, 'Garden').or(link(kitten, 'Strawberries')).waitFor();
      assert.deepEqual(await seriousFaults(kitten), []);
    }
  });
}

test('a moderator deletes a whole thread, and lifts a ban', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'forum');
  const { messages } = board.as('puppy');
  const { id } = await messages.post({ text: 'Buy bones!', topics: ['Garden'], data: { title: 'Bones' } });
  await messages.postMany(Array.from({ length: 30 }, () => ({ text: 'Bones, cheap!', replyTo: id })));
  const kitten = await logIn(t, url, 'kitten', DESK);
  const hedgehog = await logIn(t, url, 'hedgehog', DESK);
  for (const page of [kitten, hedgehog]) {
    await link(page, 'Garden').click();
    await link(page, 'Bones').click();
    await page.getByRole('heading', { name: 'Bones', level: 1 }).waitFor();
  }
  assert.equal(await kitten.getByRole('button', { name: 'Delete thread' }).count(), 0);

  consent(hedgehog);
  await link(hedgehog, 'Later').click();
  await hedgehog.getByRole('button', { name: 'Delete thread' }).click();
  await kitten.getByRole('heading', { name: 'There is nothing here', level: 1 }).waitFor();
  assert.deepEqual((await board.as().messages.list({ thread: id })).messages, []);

  await board.as('hedgehog').users.administer('puppy', { banned: true });
  await link(kitten, 'Forum').click();
  await link(kitten, 'Garden').waitFor();
  assert.equal(await kitten.getByRole('button', { name: 'Lift a ban' }).count(), 0);
  hedgehog.once('dialog', (dialog) => void dialog.accept('puppy'));
  await link(hedgehog, 'Forum').click();
  await hedgehog.getByRole('button', { name: 'Lift a ban' }).click();
  await hedgehog.getByRole('status').filter({ hasText: 'puppy may come back.' }).waitFor();
  assert.deepEqual(await seriousFaults(hedgehog), []);
  await logIn(t, url, 'puppy', DESK);
});

test('whoever has not logged in reads, and sees what comes', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'forum');
  const page = await (await newContext(t, DESK)).newPage();
  await page.goto(url);
  await link(page, 'Introductions').click();
  await link(page, 'The rules of the house').click();
  await ends(page, 'In.');
  const rules = (await board.as().messages.list({ topic: ['Introductions'] })).messages.slice(0, 1);
  await board.as('puppy').messages.postMany(rules.map(({ id }) => ({ text: 'And bones?', replyTo: id })));
  await ends(page, 'In.', 'And bones?');
  assert.equal(await page.getByRole('button', { name: /Edit|Delete|Ban|Post/ }).count(), 0);
  assert.deepEqual(await seriousFaults(page), []);
});

test('one turns the pages of a thread by keyboard, and finds one’s own reply on the last', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'forum');
  const { messages } = board.as('puppy');
  const { id } = await messages.post({ text: 'number 0', topics: ['Attic'], data: { title: 'Counting' } });
  const texts = Array.from({ length: 50 }, (_, n) => `number ${n}`);
  await messages.postMany(texts.slice(1).map((text) => ({ text, replyTo: id })));
  const page = await logIn(t, url, 'kitten', DESK);
  const shows = (expected: readonly string[]) =>
    eventually(async () => assert.deepEqual(await textsOf(page), expected));
  const turn = async (label: string) => {
    await link(page, label).focus();
    await page.keyboard.press('Enter');
  };

  await page.goto(`${url}#/thread/${id}`);
  await shows(texts.slice(0, 20));
  await turn('Later');
  await shows(texts.slice(20, 40));
  assert.equal(await page.evaluate('document.activeElement.id'), 'title');
  await turn('Latest');
  await shows(texts.slice(30));
  await turn('Earlier');
  await shows(texts.slice(10, 30));
  await turn('First');
  await shows(texts.slice(0, 20));

  await page.getByLabel('Text').focus();
  await page.keyboard.type('number 50');
  await page.keyboard.press('Control+Enter');
  await shows([...texts, 'number 50'].slice(-20));
});

test('threads and boards beyond a page are found behind it', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'forum');
  const drafts = Array.from({ length: 30 }, (_, n) => ({ text: `number ${n}`, topics: ['Attic', `Box ${n}`] }));
  await board.as('puppy').messages.postMany(drafts);
  const page = await logIn(t, url, 'kitten', DESK);
  await link(page, 'Older').click();
  await link(page, 'Garden').waitFor();
  await page.goto(`${url}#/board/Attic`);
  await link(page, 'number 29').waitFor();
  await link(page, 'Older').click();
  await link(page, 'number 9').waitFor();
  await link(page, 'Newer').click();
  await link(page, 'number 29').waitFor();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newContext, seriousFaults } from '../support/browser.ts';
import { startCuttableProxy } from '../support/cuttable-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { consent, DESK, DEVICES, link, logIn, startExample, textsOf, write } from '../support/example-page.ts';
import { without } from '../support/settings.ts';

const skip = without('/usr/bin/chromium');

for (const [device, options] of DEVICES) {
  test(`on ${device}: one follows somebody, sees what they post, replies, and finds it by its hashtag`, {
    skip,
  }, async (t) => {
    const { url, board } = await startExample(t, 'microblog');
    const kitten = await logIn(t, url, 'kitten', options);
    const magpie = await logIn(t, url, 'magpie', { ...options, colorScheme: 'dark' });
    await link(kitten, 'puppy').waitFor();
    assert.equal(await link(kitten, 'magpie').count(), 0, 'whom one does not follow is not at home');

    await link(kitten, 'Everybody').click();
    await link(kitten, 'magpie').click();
    await kitten.getByText('I collect what glitters.').waitFor();
    await kitten.getByRole('button', { name: 'Follow' }).click();
    await kitten.getByRole('button', { name: 'Unfollow' }).waitFor();
    await link(kitten, 'Home').click();
    await write(magpie, 'A ring! Whose is this, @kitten? #Lost #found https://magpie.example/#ring', 'Post');
    await begins(kitten, 'A ring! Whose is this, @kitten? #Lost #found https://magpie.example/#ring');
    await kitten.getByRole('status').filter({ hasText: 'magpie has written.' }).waitFor();
    const [ring] = (await board.as().messages.list({ topic: ['lost'] })).messages;
    assert.deepEqual([ring?.user.username, ring?.topics], ['magpie', ['lost', 'found']]);

    await link(kitten, 'Reply').click();
    await write(kitten, 'Not mine.', 'Reply');
    await link(magpie, 'Reply').click();
    await eventually(async () => assert.deepEqual(await textsOf(magpie), [ring?.text, 'Not mine.']));
    await kitten.getByRole('button', { name: 'Edit' }).click();
    await write(kitten, 'Not mine, I think.', 'Save');
    await eventually(async () => assert.deepEqual(await textsOf(magpie), [ring?.text, 'Not mine, I think.']));
    assert.equal(await magpie.getByRole('button', { name: 'Edit' }).count(), 1, 'one’s own');
    for (const page of [kitten, magpie]) assert.deepEqual(await seriousFaults(page), []);

    await link(magpie, '#Lost').click();
    await magpie.getByRole('heading', { name: '#lost', level: 1 }).waitFor();
    await eventually(async () => assert.deepEqual(await textsOf(magpie), ['Not mine, I think.', ring?.text]));
    consent(kitten);
    await kitten.getByRole('button', { name: 'Delete' }).click();
    await eventually(async () => assert.deepEqual(await textsOf(magpie), [ring?.text]));

    await link(magpie, '@kitten').click();
    await magpie.getByRole('heading', { name: 'kitten', level: 1 }).waitFor();
    await link(magpie, '@magpie').waitFor();
    assert.deepEqual(await seriousFaults(magpie), []);
    await link(kitten, 'Home').click();
    await begins(kitten, `${ring?.text}`);
    assert.deepEqual(await seriousFaults(kitten), []);
  });
}

test('whom one follows is the same elsewhere, and goes when one unfollows', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'microblog');
  const page = await logIn(t, url, 'kitten', DESK);
  await board.as('hedgehog').users.delete();
  await page.goto(`${url}#/person/puppy`);
  await page.getByRole('button', { name: 'Unfollow' }).click();
  await page.getByRole('button', { name: 'Follow', exact: true }).waitFor();
  const elsewhere = await logIn(t, url, 'kitten', DESK);
  await begins(elsewhere, 'The sun has reached the #windowsill, and so have I.');
  assert.equal(await elsewhere.getByRole('alert').textContent(), '', 'that somebody has left is no fault');
});

test('one follows 300 people, and nobody who leaves takes the others along', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'microblog');
  const proxy = await startCuttableProxy(t, url);
  const { create } = board.asOperator().users;
  const crowd = await Promise.all(Array.from({ length: 300 }, (_, n) => create({ username: `fan${n}` })));
  const [first, ...others] = crowd.map(({ username }) => username);
  await board.as('kitten').users.update({ data: { follows: crowd.map(({ id }) => id) } });
  for (const name of [first, ...others]) await board.as(name).messages.post({ text: `from ${name}` });

  const page = await logIn(t, proxy.url, 'kitten', DESK);
  await begins(page, `from ${others.at(-1)}`);
  await board.as(others.at(-1)).users.delete();
  await begins(page, `from ${others.at(-2)}`);
  await eventually(async () => {
    await page.getByRole('button', { name: 'Older' }).click();
    assert.ok(await page.getByText(`from ${others.at(-30)}`, { exact: true }).isVisible());
  });

  await page.getByLabel('Text').fill('half a tho');
  await board.as(others.at(-2)).users.delete();
  proxy.cut();
  await board.as(first).messages.post({ text: 'after the break' });
  await begins(page, 'after the break');
  assert.equal(await page.getByRole('alert').textContent(), '');
  assert.equal(await page.getByLabel('Text').inputValue(), 'half a tho');

  await page.goto(`${proxy.url}/#/person/kitten`);
  await eventually(async () => assert.equal(await page.locator('#follows a').count(), 298));
  await page.goto(`${proxy.url}/#/person/${others.at(-1)}`);
  await page.getByRole('heading', { name: 'There is no user', level: 1 }).waitFor();
  assert.deepEqual(await textsOf(page), []);
});

test('one says something about oneself', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'microblog');
  const page = await logIn(t, url, 'kitten', DESK);
  await link(page, 'kitten').click();
  page.once('dialog', (dialog) => void dialog.accept('I have the #windowsill.'));
  await page.getByRole('button', { name: 'Edit bio' }).click();
  await page.locator('#bio').getByRole('link', { name: '#windowsill' }).waitFor();
  assert.equal((await board.as().users.get('kitten')).bio, 'I have the #windowsill.');
  assert.equal(await page.locator('#follows a').count(), 2, 'whom one follows is kept');
});

test('older posts come by keyboard, for who has not logged in, too', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'microblog');
  const texts = Array.from({ length: 30 }, (_, n) => `number ${n}`);
  await board.as('puppy').messages.postMany(texts.map((text) => ({ text, topics: ['counting'] })));
  const page = await (await newContext(t, DESK)).newPage();
  await page.goto(url);
  await link(page, '#counting').focus();
  await page.keyboard.press('Enter');
  await eventually(async () => assert.deepEqual(await textsOf(page), texts.toReversed().slice(0, 20)));
  assert.equal(await page.evaluate('document.activeElement.id'), 'title');
  await page.getByRole('button', { name: 'Older' }).focus();
  await page.keyboard.press('Enter');
  await eventually(async () => assert.deepEqual(await textsOf(page), texts.toReversed()));
  assert.equal(await page.getByRole('button', { name: /Follow|Post|Edit|Delete/ }).count(), 0);
  assert.deepEqual(await seriousFaults(page), []);
});

function begins(page: Parameters<typeof textsOf>[0], text: string): Promise<void> {
  return eventually(async () => assert.equal((await textsOf(page))[0], text));
}

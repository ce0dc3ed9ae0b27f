import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Example } from '../../example/serve.ts';
import { seriousFaults } from '../support/browser.ts';
import { temporaryDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { consent, DESK, DEVICES, ends, link, logIn, startExample, textsOf, write } from '../support/example-page.ts';
import { without } from '../support/settings.ts';

const skip = without('/usr/bin/chromium');

for (const [device, options] of DEVICES) {
  test(`on ${device}: two people talk, edit and delete, and know what they have not read`, {
    skip,
  }, async (t) => {
    const { url, board } = await startExample(t, 'chat');
    const kitten = await logIn(t, url, 'kitten', options);
    const puppy = await logIn(t, url, 'puppy', { ...options, colorScheme: 'dark' });
    for (const page of [kitten, puppy]) await link(page, '# garden').click();

    await write(kitten, 'Leave some for me.', 'Send');
    await ends(puppy, 'Leave some for me.');
    await kitten.getByRole('button', { name: 'Edit' }).last().click();
    await write(kitten, 'Leave half of them for me.', 'Save');
    await ends(puppy, 'Leave half of them for me.');
    await puppy.getByText('edited').waitFor();
    consent(kitten);
    await kitten.getByRole('button', { name: 'Delete' }).last().click();
    await ends(puppy, 'Each?');

    await board.as('puppy').messages.post({ text: 'Never mind, here it is.', to: ['kitten'] });
    if (device === 'a phone') await kitten.getByLabel('All rooms and people').click();
    await link(kitten, '3 unread').click();
    await ends(kitten, 'Never mind, here it is.');
    await write(kitten, 'I never touched it.', 'Send');
    await board.as('puppy').messages.post({ text: 'I did not ask.', to: ['kitten'] });
    await ends(kitten, 'I did not ask.');
    await eventually(async () => {
      const [conversation] = (await board.as('kitten').messages.list({ with: ['puppy'], order: 'active' })).messages;
      const { data } = (await board.as('kitten').messages.list({ with: ['kitten'] })).messages[0] ?? {};
      assert.deepEqual((data?.['read'] as Record<string, number>)[`${conversation?.thread}`], conversation?.posts);
    });
    await kitten.goto(`${url}#/`);
    await kitten.reload();
    await link(kitten, 'I did not ask.').waitFor();
    assert.equal(await kitten.locator('mark').count(), 0);

    for (const page of [kitten, puppy]) assert.deepEqual(await seriousFaults(page), []);
  });
}

test('who was off line while 300 messages came and the server restarted sees what the other sees, without a reload', {
  skip,
}, async (t) => {
  const database = (await temporaryDatabase(t)).url;
  const first = await startExample(t, 'chat', { database });
  const kitten = await logIn(t, first.url, 'kitten', DESK);
  const puppy = await logIn(t, first.url, 'puppy', DESK);
  const pages = [kitten, puppy];
  for (const page of pages) {
    await link(page, '# kitchen').click();
    await page.evaluate('globalThis.isSamePage = true');
  }
  await write(kitten, 'It was you, puppy.', 'Send');
  await ends(puppy, 'It was you, puppy.');
  await write(puppy, 'I like cream.', 'Send');
  await ends(kitten, 'It was you, puppy.', 'I like cream.');

  await puppy.context().setOffline(true);
  await kitten.getByRole('button', { name: 'Edit' }).last().click();
  await write(kitten, 'It was you.', 'Save');
  consent(kitten);
  await kitten.getByRole('button', { name: 'Delete' }).nth(1).click();
  const say = (from: number, { board }: Example) =>
    board.as('hedgehog').messages.postMany(linesFrom(from).map((text) => ({ text, topics: ['kitchen'] })));
  await say(0, first);
  await ends(kitten, ...linesFrom(0));
  await first.close();
  const second = await startExample(t, 'chat', { database, port: Number(new URL(first.url).port) });
  await say(150, second);
  await puppy.context().setOffline(false);

  const expected = ['Who has eaten the cream?', 'Who asks?', 'It was you.', 'I like cream.'];
  for (const page of pages) {
    await eventually(async () =>
      assert.deepEqual(await textsOf(page), [...expected, ...linesFrom(0), ...linesFrom(150)]),
    );
  }
  await write(puppy, 'I am back.', 'Send');
  for (const page of pages) {
    await ends(page, 'I am back.');
    assert.equal(await page.evaluate('globalThis.isSamePage'), true);
  }
});

test('older messages come as one scrolls up to them', { skip }, async (t) => {
  const { url, board } = await startExample(t, 'chat');
  const texts = Array.from({ length: 180 }, (_, n) => `number ${n}`);
  await board.as('puppy').messages.postMany(texts.map((text) => ({ text, topics: ['attic'] })));
  const page = await logIn(t, url, 'kitten', DESK);
  await link(page, '# attic').click();
  await ends(page, 'number 179');
  assert.ok((await textsOf(page)).length < 180);

  await eventually(async () => {
    await page.evaluate("document.querySelector('main ol').scrollTop = 0");
    assert.deepEqual(await textsOf(page), texts);
  });
});

function linesFrom(first: number): string[] {
  return Array.from({ length: 150 }, (_, n) => `line ${first + n}`);
}

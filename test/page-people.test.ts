import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESK, nextPost, open, say, shows, signUp } from './support/board-page.ts';
import { CHROMIUM, newContext, seriousFaults } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('whoever is logged out elsewhere reads on', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  const puppy = await api.signUp('puppy');
  await api.say(puppy, 'before');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await board.as('kitten').sessions.close({ all: true });

  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await api.say(puppy, 'after');
  await shows(page, ['before', 'after']);
});

test('whoever comes back with a session that has ended reads', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'here');
  const context = await newContext(t, DESK);
  const page = await open(context, url);
  await signUp(page, 'kitten');
  await page.goto('about:blank');
  await board.as('kitten').sessions.close({ all: true });
  await page.goto(url);
  await shows(page, ['here']);
  await page.getByRole('button', { name: 'Log in' }).waitFor();
});

test('the page of nobody says so', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  for (const place of ['user', 'with']) {
    await page.goto(`${url}/#/${place}/moth`);
    await page.getByText('There is no user moth.', { exact: true }).waitFor();
    await page.locator('#status[data-state=ended]').waitFor();
    assert.equal(await page.getByRole('textbox', { name: 'Write to everybody' }).count(), 0);
  }
});

test('what one writes on the page of somebody else is shown where it is', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Who is here?');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await page.getByRole('link', { name: 'puppy' }).click();
  await page.getByRole('heading', { name: 'puppy' }).waitFor();
  await say(page, 'Have you seen puppy?');
  await page.getByRole('heading', { name: 'Everything' }).waitFor();
  await shows(page, ['Who is here?', 'Have you seen puppy?']);

  await page.getByRole('link', { name: 'puppy' }).click();
  await page.getByRole('link', { name: 'Write privately' }).click();
  await page.getByText('Nobody else can read this.').waitFor();
  await say(page, 'There you are.');
  await shows(page, ['There you are.']);
  assert.deepEqual(
    (await api.board()).map(({ text }) => text),
    ['Who is here?', 'Have you seen puppy?'],
  );
});

test('what one writes while a message is on its way is the next one, and one that fails is put back', {
  skip,
}, async (t) => {
  const { url } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  const box = page.getByRole('textbox', { name: 'Write to everybody' });

  const first = nextPost(page);
  await say(page, 'Is there cream?');
  const held = await first;
  await box.fill('I ask for');
  await held.continue();
  await shows(page, ['Is there cream?']);
  assert.equal(await box.inputValue(), 'I ask for');

  const second = nextPost(page);
  await say(page, 'I ask for a friend.');
  const refused = await second;
  await box.fill('Anybody?');
  await refused.fulfill({ status: 403, json: { status: 403, type: '/problems/forbidden', detail: 'No cream today.' } });
  await page.getByText('No cream today.').waitFor();
  assert.equal(await box.inputValue(), 'I ask for a friend.\nAnybody?');
  await shows(page, ['Is there cream?']);
});

test('one empties what one has said about oneself', { skip }, async (t) => {
  const { url, board } = await startTestServer(t);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  for (const bio of ['I purr.', '']) {
    await page.getByTitle('Your account').click();
    await page.getByRole('button', { name: 'Say something about yourself' }).click();
    await page.getByLabel('Everybody can read this').fill(bio);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal((await board.as().users.get('kitten')).bio, bio || null);
  }
});

test('a moderator deletes, bans, and lifts the ban', { skip }, async (t) => {
  const { api, url, board } = await startTestServer(t);
  const puppy = await api.signUp('puppy');
  for (const text of ['Bones!', 'More bones!']) await api.say(puppy, text);
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'hedgehog');
  await board.asOperator().users.administer('hedgehog', { moderator: true });
  await page.reload();
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Delete this message of puppy' }).first().click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await shows(page, ['More bones!']);

  await page.getByRole('button', { name: 'Ban puppy' }).click();
  assert.deepEqual(await seriousFaults(page), []);
  await dialog.getByRole('button', { name: 'Ban' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await api.get('/user', { as: puppy })).status, 401);
  await page.getByRole('link', { name: 'puppy' }).click();
  await page.getByText('Banned.').waitFor();
  const lift = page.getByRole('button', { name: 'Lift the ban' });
  await lift.click();
  await dialog.getByRole('button', { name: 'Lift it' }).click();
  await dialog.waitFor({ state: 'detached' });
  await lift.waitFor({ state: 'detached' });
  assert.equal((await api.get('/user', { as: puppy })).status, 200);
  assert.deepEqual(await seriousFaults(page), []);
});

for (const width of [320, 360, 390]) {
  test(`the bar at the top fits into ${width} px, logged in or not`, { skip }, async (t) => {
    const { url } = await startTestServer(t);
    const page = await open(await newContext(t, { viewport: { width, height: 640 } }), url);
    const fits = async () => {
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
      for (const button of await page.locator('.top button').all()) {
        const box = await button.boundingBox();
        assert.ok(box && box.height < 45 && box.x + box.width <= width, (await button.textContent()) ?? '');
      }
    };
    await fits();
    await signUp(page, 'k'.repeat(30));
    await fits();
  });
}

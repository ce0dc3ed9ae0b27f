import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer } from './support/api.ts';
import { choose, DESK, open, say, shows, signUp } from './support/board-page.ts';
import { CHROMIUM, newContext } from './support/browser.ts';
import { startTestServer } from './support/server.ts';
import { without } from './support/settings.ts';

const skip = without(CHROMIUM);

test('one logs in again, and is told of a wrong password', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.signUp('kitten');
  const page = await open(await newContext(t, DESK), url);
  await page.getByRole('button', { name: 'Log in' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Username').fill('kitten');
  await dialog.getByLabel('Password').fill('wool');
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await dialog.getByRole('alert').filter({ hasText: /./ }).waitFor();

  await dialog.getByLabel('Password').fill('yarn');
  await dialog.getByRole('button', { name: 'Log in' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByTitle('Your account').waitFor();
  await say(page, 'I am back.');
  await shows(page, ['I am back.']);
});

test('whoever changes their password stays, and every other session of theirs ends', { skip }, async (t) => {
  const { api, url } = await startTestServer(t);
  const here = await open(await newContext(t, DESK), url);
  await signUp(here, 'kitten');
  const elsewhere = await api.logIn({ username: 'kitten', password: 'yarn' });

  await choose(here, 'Change your password');
  const dialog = here.getByRole('dialog');
  await dialog.getByLabel('Your password now').fill('wool');
  await dialog.getByLabel('Your new password').fill('cream');
  await dialog.getByRole('button', { name: 'Change it' }).click();
  await dialog.getByRole('alert').filter({ hasText: /./ }).waitFor();
  await dialog.getByLabel('Your password now').fill('yarn');
  await dialog.getByRole('button', { name: 'Change it' }).click();
  await dialog.waitFor({ state: 'detached' });

  await say(here, 'Still me.');
  await shows(here, ['Still me.']);
  assert.equal((await api.get('/user', { headers: bearer(elsewhere.token) })).status, 401);
  assert.equal((await api.get('/user', { as: { username: 'kitten', password: 'cream' } })).status, 200);
});

test('whoever logs out everywhere is logged out here, too', { skip }, async (t) => {
  const { url } = await startTestServer(t);
  const here = await open(await newContext(t, DESK), url);
  await signUp(here, 'kitten');
  await choose(here, 'Log out everywhere');
  await here.getByRole('button', { name: 'Log in' }).waitFor();
});

test('whoever deletes their account takes along what they wrote, and nothing before they are sure', {
  skip,
}, async (t) => {
  const { api, url } = await startTestServer(t);
  await api.say(await api.signUp('puppy'), 'Woof.');
  const page = await open(await newContext(t, DESK), url);
  await signUp(page, 'kitten');
  await say(page, 'Meow.');
  await shows(page, ['Woof.', 'Meow.']);

  const dialog = page.getByRole('dialog');
  await choose(page, 'Delete your account');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await shows(page, ['Woof.', 'Meow.']);
  await choose(page, 'Delete your account');
  await dialog.getByRole('button', { name: 'Delete it all' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  await shows(page, ['Woof.']);
  assert.equal((await api.get('/user/kitten')).status, 404);
});

for (const entry of ['Log out', 'Log out everywhere', 'Delete your account']) {
  test(`"${entry}" says why it cannot be while the board is away`, { skip }, async (t) => {
    const { url } = await startTestServer(t);
    const page = await open(await newContext(t, DESK), url);
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await signUp(page, 'kitten');
    const dialog = page.getByRole('dialog');
    await page.route(/\/(session|user)(\?all=1)?$/, (route) => route.abort(), { times: 1 });
    await choose(page, entry);
    const again = entry.startsWith('Log out') ? entry : 'Delete it all';
    if (again !== entry) await dialog.getByRole('button', { name: again }).click();
    await dialog.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();

    await dialog.getByRole('button', { name: again, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    assert.deepEqual(errors, []);
  });
}
